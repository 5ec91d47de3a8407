// For ThreadSanitizer alone: the memory of one instance may lie where that of another lay, which
// is ordered by the system's unmapping and mapping. The engine does both, and ThreadSanitizer does
// not look into it, so it is told here.
#pragma once

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MORTISE_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif
#endif

namespace mortise::detail {

#ifdef MORTISE_THREAD_SANITIZER
inline char address_space;
inline void before_memory_is_unmapped() { __tsan_release(&address_space); }
inline void after_memory_is_mapped() { __tsan_acquire(&address_space); }
#else
inline void before_memory_is_unmapped() {}
inline void after_memory_is_mapped() {}
#endif

}  // namespace mortise::detail
