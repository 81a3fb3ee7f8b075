// The text form of graphs: one node a line, in order of definition. It holds
// all there is to a graph, so that reading back what was written gives the
// same graph, bit for bit.
//
//   graph 1
//   %0 = input "x" @model.cpp:10 : f32[?, 2]
//   %1 = parameter init=f32[2, 3]{1, 0, 0.5, -0, inf, nan} "w" : f32[2, 3]
//   %2 = matmul(%0, %1) transpose_b=false "scores" [pin="a1", keep_local]
//   %3 = user("5scale", 0x0000003f, %2) @model.cpp:12 : f32[?, 3]
//   output "y" = %3
//
// A line is: label, op, inputs, attributes, name, hints, place in the user's
// code, types of outputs. Types may be left out where they follow from the
// inputs. `%2.1` is the second output of a node. `#` starts a comment. The
// grammar is in docs/text_form.md.
//
// Thread-safety: free functions, safe from any thread that may read the graph.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/graph.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace morph {

/// Writes a graph. A user node whose state cannot leave this process is
/// written as `local`, which `parse_text` refuses.
std::string to_text(const graph& g);

/// Reads a graph; `name` stands in errors for that of a file. Errors name line
/// and column: MM0112 for the form, MM0101 unknown op, MM0102 an input that no
/// earlier line defines, MM0104 a label, name or output twice, MM0503 a user
/// node of a type that this process does not know, MM0508 a user node whose
/// state was not written, and what shape rules return. Memory is bounded by
/// a small multiple of the text and 64 MiB.
result<graph> parse_text(std::string_view text, std::string name = "graph");

/// `parse_text` of a file; MM0401 if it cannot be opened.
result<graph> read_graph(const std::filesystem::path& path);

/// Replaces the file as a whole or not at all; MM0405, or MM0508 if a user
/// node cannot leave this process.
result<void> write_graph(const std::filesystem::path& path, const graph& g);

} // namespace morph
