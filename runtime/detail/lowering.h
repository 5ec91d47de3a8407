// Between abi, which knows nothing of the engine, and the engine: what passes between them is the
// same under two names.
#pragma once

#include <cstddef>
#include <cstdint>

#include <mortise/abi/context.h>
#include <mortise/engine.h>
#include <mortise/runtime/detail/call.h>
#include <mortise/runtime/detail/host_call.h>

namespace mortise::detail {

static_assert(sizeof(abi::Slot) == sizeof(mortise_slot_t));
static_assert(alignof(abi::Slot) == alignof(mortise_slot_t));
static_assert(static_cast<int>(abi::Encoding::utf8) == MORTISE_ENCODING_UTF8);
static_assert(static_cast<int>(abi::Encoding::utf16) == MORTISE_ENCODING_UTF16);
static_assert(static_cast<int>(abi::Encoding::latin1_utf16) == MORTISE_ENCODING_LATIN1_UTF16);
static_assert(abi::kMaxFlatParams == MORTISE_MAX_FLAT_PARAMS);

static_assert(sizeof(EngineCall) == sizeof(mortise_host_call_t));
static_assert(offsetof(EngineCall, memory) == offsetof(mortise_host_call_t, memory));
static_assert(offsetof(EngineCall, encoding) == offsetof(mortise_host_call_t, encoding));
static_assert(offsetof(EngineCall, reps) == offsetof(mortise_host_call_t, reps));
static_assert(offsetof(EngineCall, rep_count) == offsetof(mortise_host_call_t, rep_count));
static_assert(offsetof(EngineCall, store) == offsetof(mortise_host_call_t, store));

inline abi::Memory abi_memory(mortise_memory_t memory) {
  return {.base = reinterpret_cast<std::byte*>(memory.base),
          .size = memory.size};  // bytes as bytes
}

// LowerContext::Realloc, where the context's engine is a mortise_lowering_t.
[[gnu::hot]] inline bool realloc_in_guest(void* engine, std::uint32_t align, std::uint32_t size,
                                          std::uint32_t& at, abi::Memory& memory) {
  mortise_memory_t now;
  auto* lowering = static_cast<mortise_lowering_t*>(engine);
  if (mortise_lowering_realloc(lowering, align, size, &at, &now) != 0) return false;
  memory = abi_memory(now);
  return true;
}

// The number of a resource in a function's type. Bindings list all that come up.
inline std::uint32_t place_of(const abi::Resource& resource, Resources resources) {
  std::uint32_t at = 0;
  while (at < resources.size() && resources[at] != &resource) ++at;
  return at;
}

// A handle for an object of the host's, where the context's engine is a mortise_lowering_t.
inline bool lower_object(abi::LowerContext& context, std::uint32_t resource, bool own,
                         std::uint32_t rep, std::uint32_t& index) {
  auto* lowering = static_cast<mortise_lowering_t*>(context.engine());
  if (mortise_lowering_host(lowering, resource, own, rep, &index) == 0) return true;
  context.fault.code = abi::FaultCode::handle_failed;
  return false;
}

}  // namespace mortise::detail
