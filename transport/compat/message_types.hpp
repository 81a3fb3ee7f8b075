// Makes our messages known to CAF: type ids and inspection.
//
// All of them cross CAF as one length and raw bytes of our own codec: 0.17's
// inspectors alter infinities, NaNs and denormals.
//
// Our ids begin at 1000 above CAF's own: a program that embeds this library
// numbers its types from caf::first_custom_type_id as ever.
#pragma once

#include <morph/transport/compat/inspect.hpp>
#include <morph/transport/mailbox.hpp>

#include <caf/type_id.hpp>

namespace morph {

struct batch;
struct hello;
struct challenge;
struct proof;
struct welcome;
struct refusal;

} // namespace morph

CAF_BEGIN_TYPE_ID_BLOCK(morph_transport, caf::first_custom_type_id + 1000)

CAF_ADD_TYPE_ID(morph_transport, (morph::forward))
CAF_ADD_TYPE_ID(morph_transport, (morph::backward))
CAF_ADD_TYPE_ID(morph_transport, (morph::recall))
CAF_ADD_TYPE_ID(morph_transport, (morph::begin_step))
CAF_ADD_TYPE_ID(morph_transport, (morph::commit_step))
CAF_ADD_TYPE_ID(morph_transport, (morph::cancel_step))
CAF_ADD_TYPE_ID(morph_transport, (morph::ready))
CAF_ADD_TYPE_ID(morph_transport, (morph::failed))
CAF_ADD_TYPE_ID(morph_transport, (morph::control))
CAF_ADD_TYPE_ID(morph_transport, (morph::control_reply))
CAF_ADD_TYPE_ID(morph_transport, (morph::batch))
CAF_ADD_TYPE_ID(morph_transport, (morph::hello))
CAF_ADD_TYPE_ID(morph_transport, (morph::challenge))
CAF_ADD_TYPE_ID(morph_transport, (morph::proof))
CAF_ADD_TYPE_ID(morph_transport, (morph::welcome))
CAF_ADD_TYPE_ID(morph_transport, (morph::refusal))

CAF_END_TYPE_ID_BLOCK(morph_transport)

namespace morph::compat {

template <>
inline constexpr bool travels_as_bytes<forward> = true;
template <>
inline constexpr bool travels_as_bytes<backward> = true;
template <>
inline constexpr bool travels_as_bytes<recall> = true;
template <>
inline constexpr bool travels_as_bytes<begin_step> = true;
template <>
inline constexpr bool travels_as_bytes<commit_step> = true;
template <>
inline constexpr bool travels_as_bytes<cancel_step> = true;
template <>
inline constexpr bool travels_as_bytes<ready> = true;
template <>
inline constexpr bool travels_as_bytes<failed> = true;
template <>
inline constexpr bool travels_as_bytes<control> = true;
template <>
inline constexpr bool travels_as_bytes<control_reply> = true;

} // namespace morph::compat
