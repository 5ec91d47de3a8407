// wasi:keyvalue for plugins, in a file of SQLite's.
//
//   auto keyvalue = mortise::services::Keyvalue::open({.file = "/var/lib/shop/state.db"});
//   auto plugin = mortise::Plugin<PluginWorld>::load(
//       engine, "pricing.wasm", {}, {.services = {keyvalue->for_plugin("pricing", {})}});
//
// Each plugin has buckets of its own: the same name is another bucket for another plugin, and no
// key leads out of one. The interfaces: store, atomics and batch of wasi:keyvalue, in the versions
// 0.2.0-draft and 0.2.0-draft2, which see the same buckets.
//
// A write that was answered is not lost when the process is killed, at whatever moment. See
// Durability for what happens when the machine is. A call changes all that it says, or nothing.
// Calls keep to the time that the plugin's call has left.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <mortise/runtime/limits.h>
#include <mortise/runtime/result.h>
#include <mortise/runtime/service.h>
#include <mortise/services/access.h>
#include <mortise/services/denial.h>

namespace mortise::services {

namespace detail {
class KeyvalueFile;
}

// What an answered write outlives, besides the end of the process.
enum class Durability : std::uint8_t {
  // The operating system has it. After a loss of power the last writes may be gone, in their
  // order, and the file is whole.
  process,
  // The disk has it. Each write waits for that: some milliseconds.
  power,
};

struct KeyvalueOptions {
  // Made if it is not there. Beside it SQLite keeps files with -wal and -shm added to its name.
  // Several processes may use it at once.
  std::string file;
  Durability durability = Durability::process;
  // Open at once; more threads than these wait for each other. Each has some 100 KiB.
  std::size_t connections = 16;
  // How long a call may wait for others where the plugin's call has no deadline, or a later one.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
  OnDenied on_denied{};
};

// What one plugin may keep.
struct KeyvalueGrant {
  // The names that it may open. Made at the first use.
  std::vector<std::string> buckets = {"", "default"};
  Access access = Access::read_write;
  // Of all of its buckets together; bytes are those of keys and values.
  std::uint64_t keys = 10'000;
  Bytes bytes = MiB(16);
  // Of one.
  Bytes key = {512};
  Bytes value = MiB(1);
  // What one call may ask for or write, and what it is answered at most.
  std::uint32_t batch = 1000;
  Bytes answer = MiB(8);
};

// One for the process. Safe on any number of threads; copies are the same one.
class Keyvalue {
 public:
  // Errors: io, with the file and what is wrong with it.
  [[nodiscard]] static Result<Keyvalue> open(KeyvalueOptions);

  // `plugin` is the name that its buckets are kept under, for good.
  [[nodiscard]] Service for_plugin(std::string plugin, KeyvalueGrant grant) const;

  // How often plugins were refused what they have no grant for, or no more.
  [[nodiscard]] std::uint64_t denied() const;

 private:
  explicit Keyvalue(std::shared_ptr<detail::KeyvalueFile> file);

  std::shared_ptr<detail::KeyvalueFile> file_;
};

}  // namespace mortise::services
