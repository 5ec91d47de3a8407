// Calls of a C++ function in a shared library, dlopen()ed: no sandbox at all, and so the bound of
// what any can reach. Prints nanoseconds per call; see measure.h. GUEST is the library.
#include <dlfcn.h>

#include "bench/measure.h"
#include "bench/native_plugin.h"

int main(int argc, char** argv) {
  const bench::Run run(argc, argv);
  if (run.name != "owned") bench::fail("no such case");

  void* library = dlopen(run.guest.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) bench::fail(dlerror());  // NOLINT: one thread
  // What POSIX says of functions: the address comes as a pointer to data.
  const auto find =
      reinterpret_cast<decltype(&native_process_data)>(dlsym(library, "native_process_data"));
  if (find == nullptr) bench::fail(dlerror());  // NOLINT: one thread
  bench::ProcessData* const process_data = find();

  const std::string input = run.input();
  const bench::Metadata meta{.name = "AnalyticsEngine", .version = "1.0.2", .priority = 1};
  const auto answer = process_data(input, meta);
  if (!answer || *answer != bench::upper_cased(input)) bench::fail("a wrong answer");
  run.time([&] {
    const auto out = process_data(input, meta);
    if (!out) bench::fail("a timed call failed");
    return out->size();
  });
}
