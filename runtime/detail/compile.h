// From a file or bytes to native code, with everything bounded that a stranger's component could
// make unbounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <mortise/contract/model.h>
#include <mortise/engine.h>
#include <mortise/runtime/detail/engine_core.h>
#include <mortise/runtime/detail/helper.h>
#include <mortise/runtime/limits.h>
#include <mortise/runtime/result.h>

namespace mortise {
struct PluginOptions;
}

namespace mortise::detail {

// Native code, and what the component says of itself.
struct Compiled {
  ByteVector code;
  contract::Contract contract;
  ByteVector form{};            // the contract as the engine wrote it
  std::uint64_t footprint = 0;  // of an instance of its largest module, besides its memories
};

// A contract as the engine wrote it, read: without code. Nothing, where it is none.
std::optional<Compiled> compiled_form(std::span<const std::uint8_t> form, std::uint64_t footprint);

// Where so much native code is more than is allowed.
std::optional<Error> too_much_code(std::uint64_t size, std::string_view name, const CompileLimits&);

// Reads a file that may be a component: a regular file, not larger than allowed, whose first
// bytes are right. Errors: io; bad_component, for anything else than a component, named for what
// it is; limit_exceeded.
Result<ByteVector> read_component(const std::string& path, std::string_view name,
                                  const CompileLimits&);
// Whether a file, if it can be read, begins as those that compile_ahead wrote.
bool is_native_file(const std::string& path);
// The same of such a file.
Result<ByteVector> read_native_file(const std::string& path, std::string_view name,
                                    const CompileLimits&);

// The same look at bytes in memory. `binary`: not the text format.
Result<void> check_bytes(std::span<const std::uint8_t> input, bool binary, std::string_view name,
                         const CompileLimits&);

// In this process: for what the host trusts.
Result<Compiled> compile_here(const mortise_engine_t&, std::span<const std::uint8_t> input,
                              mortise_input_t, std::string_view name, const CompileLimits&);

// In a child process with these limits: for what strangers wrote. Blocks the calling thread until
// the child is done or its time is up, which is `until` where part of it has passed; the child
// never outlives the call.
Result<Compiled> compile_apart(const EngineCore&, mortise_engine_mode_t,
                               std::span<const std::uint8_t> input, mortise_input_t,
                               std::string_view name, const PluginOptions&,
                               std::optional<std::chrono::steady_clock::time_point> until);

}  // namespace mortise::detail
