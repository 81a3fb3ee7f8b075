// The binary form of graphs, or of some of their nodes, for other processes:
// all there is to a node, bit for bit.
//
// Thread-safety: free functions, safe from any thread that may read the graph.
//
// Invariants:
// 1. A reader allocates no more than a small multiple of the bytes it is
//    given, and fails on anything that a writer would not have written: MM0605
//    for the form, and the errors of `parse_text` for what the nodes are.
// 2. Ids are kept.
//
//   version u8 = 1
//   imports u32 { port, type }                        ports: u32 node, u16 port
//   nodes   u32 { u32 id, op, name, inputs u32 {port}, outputs u32 {type},
//                 attributes u32 {name, u8 kind, value}, pin, u8 keep_local,
//                 u8 cache, u32 file, [file's name], u32 line,
//                 u8 is_user, [type, state] }
//   outputs u32 { name, port }
//
// Strings and states are a u64 length and bytes. A file is the number of its
// first mention in this message, at which the name follows. A type is a u8: 0,
// then u8 dtype, u8 rank, i64 extents; or 1, then the name of the user's type.
#pragma once

#include <morph/graph/codec.hpp>
#include <morph/graph/error.hpp>
#include <morph/graph/graph.hpp>

#include <map>
#include <span>
#include <string>
#include <vector>

namespace morph {

/// Some nodes of a graph.
struct graph_part {
  std::vector<graph_node> nodes; ///< In ascending order of ids.
  /// Types of the ports of other nodes that `nodes` read.
  std::map<port_ref, port_type> imports;
};

/// Appends a graph; MM0508 if a user node cannot leave this process.
result<void> encode_graph(const graph& g, byte_writer& f);

result<graph> decode_graph(byte_reader& f);

/// Appends the nodes named, in whichever order. REQUIRES: ids of `g`.
result<void> encode_part(const graph& g, std::span<const node_id> ids,
                         byte_writer& f);

result<graph_part> decode_part(byte_reader& f);

} // namespace morph
