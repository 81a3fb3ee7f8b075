#!/usr/bin/env bash
# Trains a convolutional network on handwritten digits over three host
# processes of this machine, and shows that none is left afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

morph=${MORPH:-build/release/bin/morph}
data=data/optdigits/optdigits.csv
wanted=96
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[[ -x $morph ]] || {
  echo "demo: $morph is missing; ./dev build makes it" >&2
  exit 2
}
[[ -r $data ]] || {
  echo "demo: $data is missing" >&2
  exit 3
}

# A mark in the environment finds every process of this demo, whatever its
# name.
export MORPH_DEMO=$$
left_over() {
  local process
  for process in /proc/[0-9]*; do
    [[ ${process#/proc/} != "$$" ]] || continue
    [[ $(readlink "$process/exe" 2>/dev/null) == */morph ]] || continue
    if tr '\0' '\n' <"$process/environ" 2>/dev/null \
      | grep -qx "MORPH_DEMO=$MORPH_DEMO"; then
      echo "${process#/proc/}"
    fi
  done
}

"$morph" train --model conv --data "$data" --label digit --local 3 \
  --epochs 12 --batch 32 --rate 0.002 --split-seed 1 --out "$work/digits.safetensors" "$@" \
  | tee "$work/report.txt"
"$morph" eval --params "$work/digits.safetensors" --data "$data" \
  >"$work/eval.txt"

accuracy=$(awk '/^accuracy/ {print $2}' "$work/eval.txt")
echo
echo "saved, read again and measured: $(head -1 "$work/eval.txt")"
remaining=$(left_over)
if [[ -n $remaining ]]; then
  echo "demo: processes are left:" $remaining >&2
  exit 1
fi
echo "no host process is left"
awk -v a="$accuracy" -v w="$wanted" 'BEGIN {exit !(a >= w)}' || {
  echo "demo: accuracy $accuracy % is below $wanted %" >&2
  exit 1
}
