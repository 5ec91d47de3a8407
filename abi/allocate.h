// Making room on the host, with failure as a value.
#pragma once

#include <cstddef>
#include <new>
#include <stdexcept>

#include <mortise/abi/fault.h>

namespace mortise::abi {

inline bool no_memory(Fault& fault, std::size_t bytes) {
  fault.code = FaultCode::out_of_memory;
  fault.size = bytes;
  return false;
}

// Runs `grow`, which makes a container allocate about `bytes`. False, and a fault, if the host
// has no memory for that.
//
// Without exceptions a container that finds no memory ends the process, so the allocation is
// tried beforehand. Another thread may take the block in between: hosts that run that close to
// the edge of their memory should build with exceptions.
template <class Grow>
[[nodiscard]] bool allocate(Fault& fault, std::size_t bytes, Grow&& grow) {
#if defined(__cpp_exceptions)
  try {
    grow();
  } catch (const std::bad_alloc&) {
    return no_memory(fault, bytes);
  } catch (const std::length_error&) {
    return no_memory(fault, bytes);
  }
#else
  // Small blocks come from memory that the allocator holds already.
  if (bytes >= 4096) {
    void* block = ::operator new(bytes, std::nothrow);
    if (block == nullptr) return no_memory(fault, bytes);
    ::operator delete(block);
  }
  grow();
#endif
  return true;
}

}  // namespace mortise::abi
