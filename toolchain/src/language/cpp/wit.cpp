// Keeps libc++ from printing before it ends the program, which takes 20 KB and asks for WASI.
#ifdef __wasm__
#include <cstdlib>
#include <new>

_LIBCPP_BEGIN_NAMESPACE_STD
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) noexcept { std::abort(); }
_LIBCPP_END_NAMESPACE_STD

void* operator new(std::size_t size) {
  void* made = std::malloc(size != 0 ? size : 1);
  if (made == nullptr) std::abort();
  return made;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif
