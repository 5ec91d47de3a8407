// A guest in the text format that imports WASI, for tests that say what it does with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <mortise/mortise.h>

#include "tests/guests.h"

namespace mortise::testing {

// What it imports, as the published contracts have it, each interface with some of its functions.
inline constexpr std::string_view kWasiImports = R"(
  (import "wasi:io/error@0.2.0" (instance $io_error (export "error" (type (sub resource)))))
  (alias export $io_error "error" (type $error))
  (import "wasi:io/poll@0.2.0" (instance $io_poll
    (export "pollable" (type $p (sub resource)))
    (export "[method]pollable.ready" (func (param "self" (borrow $p)) (result bool)))
    (export "[method]pollable.block" (func (param "self" (borrow $p))))
    (export "poll" (func (param "in" (list (borrow $p))) (result (list u32))))))
  (alias export $io_poll "pollable" (type $pollable))
  (import "wasi:io/streams@0.2.0" (instance $io_streams
    (alias outer 1 $error (type $outer_error))
    (export "error" (type $e (eq $outer_error)))
    (alias outer 1 $pollable (type $outer_pollable))
    (export "pollable" (type $p (eq $outer_pollable)))
    (type $stream_error (variant (case "last-operation-failed" (own $e)) (case "closed")))
    (export "stream-error" (type $se (eq $stream_error)))
    (export "input-stream" (type $in (sub resource)))
    (export "output-stream" (type $out (sub resource)))
    (export "[method]input-stream.read" (func (param "self" (borrow $in)) (param "len" u64)
      (result (result (list u8) (error $se)))))
    (export "[method]input-stream.blocking-skip" (func (param "self" (borrow $in))
      (param "len" u64) (result (result u64 (error $se)))))
    (export "[method]input-stream.subscribe" (func (param "self" (borrow $in)) (result (own $p))))
    (export "[method]output-stream.check-write" (func (param "self" (borrow $out))
      (result (result u64 (error $se)))))
    (export "[method]output-stream.write" (func (param "self" (borrow $out))
      (param "contents" (list u8)) (result (result (error $se)))))
    (export "[method]output-stream.blocking-write-and-flush" (func (param "self" (borrow $out))
      (param "contents" (list u8)) (result (result (error $se)))))
    (export "[method]output-stream.blocking-flush" (func (param "self" (borrow $out))
      (result (result (error $se)))))
    (export "[method]output-stream.subscribe" (func (param "self" (borrow $out))
      (result (own $p))))
    (export "[method]output-stream.write-zeroes" (func (param "self" (borrow $out))
      (param "len" u64) (result (result (error $se)))))
    (export "[method]output-stream.splice" (func (param "self" (borrow $out))
      (param "src" (borrow $in)) (param "len" u64) (result (result u64 (error $se)))))))
  (alias export $io_streams "input-stream" (type $input))
  (alias export $io_streams "output-stream" (type $output))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $monotonic
    (alias outer 1 $pollable (type $outer_pollable))
    (export "pollable" (type $p (eq $outer_pollable)))
    (export "now" (func (result u64)))
    (export "resolution" (func (result u64)))
    (export "subscribe-instant" (func (param "when" u64) (result (own $p))))
    (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
  (import "wasi:clocks/wall-clock@0.2.0" (instance $wall
    (type $date (record (field "seconds" u64) (field "nanoseconds" u32)))
    (export "datetime" (type $d (eq $date)))
    (export "now" (func (result $d)))
    (export "resolution" (func (result $d)))))
  (import "wasi:random/random@0.2.0" (instance $random
    (export "get-random-bytes" (func (param "len" u64) (result (list u8))))
    (export "get-random-u64" (func (result u64)))))
  (import "wasi:random/insecure@0.2.0" (instance $insecure
    (export "get-insecure-random-bytes" (func (param "len" u64) (result (list u8))))
    (export "get-insecure-random-u64" (func (result u64)))))
  (import "wasi:random/insecure-seed@0.2.0" (instance $seed
    (export "insecure-seed" (func (result (tuple u64 u64))))))
  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-environment" (func (result (list (tuple string string)))))
    (export "get-arguments" (func (result (list string))))
    (export "initial-cwd" (func (result (option string))))))
  (import "wasi:cli/exit@0.2.0" (instance $exit
    (export "exit" (func (param "status" (result))))
    (export "exit-with-code" (func (param "status-code" u8)))))
  (import "wasi:cli/stdin@0.2.0" (instance $stdin
    (alias outer 1 $input (type $outer)) (export "input-stream" (type $in (eq $outer)))
    (export "get-stdin" (func (result (own $in))))))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output (type $outer)) (export "output-stream" (type $out (eq $outer)))
    (export "get-stdout" (func (result (own $out))))))
  (import "wasi:cli/stderr@0.2.0" (instance $stderr
    (alias outer 1 $output (type $outer)) (export "output-stream" (type $out (eq $outer)))
    (export "get-stderr" (func (result (own $out))))))
  (import "wasi:cli/terminal-output@0.2.0" (instance $terminal
    (export "terminal-output" (type (sub resource)))))
  (alias export $terminal "terminal-output" (type $terminal_output))
  (import "wasi:cli/terminal-stdout@0.2.0" (instance $terminal_stdout
    (alias outer 1 $terminal_output (type $outer))
    (export "terminal-output" (type $out (eq $outer)))
    (export "get-terminal-stdout" (func (result (option (own $out)))))))
  (import "wasi:filesystem/types@0.2.0" (instance $files
    (alias outer 1 $error (type $outer_error))
    (export "error" (type $e (eq $outer_error)))
    (export "descriptor" (type $d (sub resource)))
    (type $codes (enum "access" "would-block"))
    (export "error-code" (type $code (eq $codes)))
    (export "[method]descriptor.sync" (func (param "self" (borrow $d))
      (result (result (error $code)))))
    (export "filesystem-error-code" (func (param "err" (borrow $e)) (result (option $code))))))
  (alias export $files "descriptor" (type $descriptor))
  (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
    (alias outer 1 $descriptor (type $outer)) (export "descriptor" (type $d (eq $outer)))
    (export "get-directories" (func (result (list (tuple (own $d) string)))))))
  (import "wasi:sockets/network@0.2.0" (instance $network
    (export "network" (type (sub resource)))
    (type $codes (enum "unknown" "access-denied" "not-supported" "invalid-argument"
      "out-of-memory" "timeout" "concurrency-conflict" "not-in-progress" "would-block"
      "invalid-state" "new-socket-limit" "address-not-bindable" "address-in-use"
      "remote-unreachable" "connection-refused" "connection-reset" "connection-aborted"
      "datagram-too-large" "name-unresolvable" "temporary-resolver-failure"
      "permanent-resolver-failure"))
    (export "error-code" (type (eq $codes)))
    (type $families (enum "ipv4" "ipv6"))
    (export "ip-address-family" (type (eq $families)))))
  (alias export $network "network" (type $net))
  (alias export $network "error-code" (type $net_code))
  (alias export $network "ip-address-family" (type $net_family))
  (import "wasi:sockets/instance-network@0.2.0" (instance $instance_network
    (alias outer 1 $net (type $outer)) (export "network" (type $n (eq $outer)))
    (export "instance-network" (func (result (own $n))))))
  (import "wasi:sockets/tcp@0.2.0" (instance $tcp
    (export "tcp-socket" (type $t (sub resource)))
    (export "[method]tcp-socket.is-listening" (func (param "self" (borrow $t)) (result bool)))))
  (alias export $tcp "tcp-socket" (type $tcp_socket))
  (import "wasi:sockets/tcp-create-socket@0.2.0" (instance $tcp_create
    (alias outer 1 $net_code (type $outer_code)) (export "error-code" (type $c (eq $outer_code)))
    (alias outer 1 $net_family (type $outer_family))
    (export "ip-address-family" (type $f (eq $outer_family)))
    (alias outer 1 $tcp_socket (type $outer)) (export "tcp-socket" (type $t (eq $outer)))
    (export "create-tcp-socket" (func (param "address-family" $f)
      (result (result (own $t) (error $c)))))))
  (import "wasi:sockets/ip-name-lookup@0.2.0" (instance $lookup
    (alias outer 1 $net_code (type $outer_code)) (export "error-code" (type $c (eq $outer_code)))
    (alias outer 1 $net (type $outer)) (export "network" (type $n (eq $outer)))
    (export "resolve-address-stream" (type $s (sub resource)))
    (export "resolve-addresses" (func (param "network" (borrow $n)) (param "name" string)
      (result (result (own $s) (error $c))))))))";

// One function of those, as the core module knows it: (func $name ..), a type, and where it is
// from.
struct WasiFunction {
  std::string_view name;
  std::string_view type;
  std::string_view from;
  std::string_view item;
};
inline constexpr WasiFunction kWasiFunctions[] = {
    // NOLINT(modernize-avoid-c-arrays): a literal
    {"ready", "(param i32) (result i32)", "io_poll", "[method]pollable.ready"},
    {"block", "(param i32)", "io_poll", "[method]pollable.block"},
    {"poll", "(param i32 i32 i32)", "io_poll", "poll"},
    {"read", "(param i32 i64 i32)", "io_streams", "[method]input-stream.read"},
    {"skip", "(param i32 i64 i32)", "io_streams", "[method]input-stream.blocking-skip"},
    {"input_ready", "(param i32) (result i32)", "io_streams", "[method]input-stream.subscribe"},
    {"check_write", "(param i32 i32)", "io_streams", "[method]output-stream.check-write"},
    {"write", "(param i32 i32 i32 i32)", "io_streams", "[method]output-stream.write"},
    {"blocking_write", "(param i32 i32 i32 i32)", "io_streams",
     "[method]output-stream.blocking-write-and-flush"},
    {"flush", "(param i32 i32)", "io_streams", "[method]output-stream.blocking-flush"},
    {"output_ready", "(param i32) (result i32)", "io_streams", "[method]output-stream.subscribe"},
    {"write_zeroes", "(param i32 i64 i32)", "io_streams", "[method]output-stream.write-zeroes"},
    {"splice", "(param i32 i32 i64 i32)", "io_streams", "[method]output-stream.splice"},
    {"now", "(result i64)", "monotonic", "now"},
    {"resolution", "(result i64)", "monotonic", "resolution"},
    {"at", "(param i64) (result i32)", "monotonic", "subscribe-instant"},
    {"in", "(param i64) (result i32)", "monotonic", "subscribe-duration"},
    {"date", "(param i32)", "wall", "now"},
    {"date_resolution", "(param i32)", "wall", "resolution"},
    {"random_bytes", "(param i64 i32)", "random", "get-random-bytes"},
    {"random", "(result i64)", "random", "get-random-u64"},
    {"insecure_bytes", "(param i64 i32)", "insecure", "get-insecure-random-bytes"},
    {"insecure", "(result i64)", "insecure", "get-insecure-random-u64"},
    {"seed", "(param i32)", "seed", "insecure-seed"},
    {"environment", "(param i32)", "environment", "get-environment"},
    {"arguments", "(param i32)", "environment", "get-arguments"},
    {"cwd", "(param i32)", "environment", "initial-cwd"},
    {"exit", "(param i32)", "exit", "exit"},
    {"exit_with", "(param i32)", "exit", "exit-with-code"},
    {"stdin", "(result i32)", "stdin", "get-stdin"},
    {"stdout", "(result i32)", "stdout", "get-stdout"},
    {"stderr", "(result i32)", "stderr", "get-stderr"},
    {"terminal", "(param i32)", "terminal_stdout", "get-terminal-stdout"},
    {"sync", "(param i32 i32)", "files", "[method]descriptor.sync"},
    {"file_error", "(param i32 i32)", "files", "filesystem-error-code"},
    {"directories", "(param i32)", "preopens", "get-directories"},
    {"network", "(result i32)", "instance_network", "instance-network"},
    {"is_listening", "(param i32) (result i32)", "tcp", "[method]tcp-socket.is-listening"},
    {"tcp", "(param i32 i32)", "tcp_create", "create-tcp-socket"},
    {"resolve", "(param i32 i32 i32 i32)", "lookup", "resolve-addresses"},
};

// `run`, a function of this code, with a result of 64 bits and the locals $a, $b and $c; and what
// else is in its module. It has the functions above by their names, `drop_pollable` and, for
// standard output and standard error, `print` and `complain`: (param $at i32) (param $size i32).
// The memory has 2 MiB; data that is returned comes to its first half.
inline std::string wasi_guest(std::string_view code, std::string_view more = "") {
  std::string memory(kMemory);
  memory.replace(memory.find(") 1)"), 4, ") 32)");
  std::string lowered;
  std::string given = R"((export "drop_pollable" (func $drop_pollable)))";
  std::string imported = R"((import "" "drop_pollable" (func $drop_pollable (param i32))))";
  for (const WasiFunction& one : kWasiFunctions) {
    lowered += concat("(core func $", one.name, " (canon lower (func $", one.from, " \"", one.item,
                      R"(") (memory $mem "memory") (realloc (func $mem "realloc")))))");
    given += concat("(export \"", one.name, "\" (func $", one.name, "))");
    imported += concat("(import \"\" \"", one.name, "\" (func $", one.name, " ", one.type, "))");
  }
  return concat("(component ", kWasiImports, "(core module $mem_module ", memory,
                R"() (core instance $mem (instantiate $mem_module))
                (core func $drop_pollable (canon resource.drop $pollable)) )",
                lowered, "(core module $m ", imported, R"(
                (import "mem" "memory" (memory 1))
                (func $all (param $to i32) (param $at i32) (param $size i32)
                  (loop $next
                    (call $blocking_write (local.get $to) (local.get $at)
                      (select (i32.const 4096) (local.get $size)
                        (i32.gt_u (local.get $size) (i32.const 4096))) (i32.const 0))
                    (if (i32.le_u (local.get $size) (i32.const 4096)) (then return))
                    (local.set $at (i32.add (local.get $at) (i32.const 4096)))
                    (local.set $size (i32.sub (local.get $size) (i32.const 4096)))
                    (br $next)))
                (func $print (param $at i32) (param $size i32)
                  (call $all (call $stdout) (local.get $at) (local.get $size)))
                (func $complain (param $at i32) (param $size i32)
                  (call $all (call $stderr) (local.get $at) (local.get $size)))
                )",
                more,
                "(func $run (export \"run\") (result i64) (local $a i64) (local $b i64)"
                " (local $c i32) ",
                code, R"())
                (core instance $i (instantiate $m (with "mem" (instance $mem))
                  (with "" (instance )",
                given, R"())))
                (func (export "run") (result u64) (canon lift (core func $i "run")))))");
}

// ---- What it does ------------------------------------------------------------------------------

using Lines = std::vector<std::string>;
using Answer = abi::Function<"run", std::uint64_t>;

// Keeps what plugins print, as "guest out: text".
inline auto into(Lines& lines) {
  return [&lines](const WasiLine& line) {
    constexpr std::string_view kStreams[] = {"out", "err", "notice"};  // NOLINT: a literal
    lines.push_back(
        concat(line.plugin, " ", kStreams[static_cast<std::size_t>(line.stream)], ": ", line.text));
  };
}

// A plugin whose function `run` is this code, with a result of 64 bits.
inline Plugin<World<Answer>> running(std::string_view code, const PluginOptions& options = {},
                                     std::string_view more = "") {
  return load<Answer>(wasi_guest(code, more), options);
}

inline std::uint64_t answer(std::string_view code, const PluginOptions& options = {},
                            std::string_view more = "") {
  const auto plugin = running(code, options, more);
  auto out = instance_of(plugin).call().run();
  EXPECT_TRUE(out) << out.error().to_string();
  return out ? *out : 0;
}

inline Failure failure_of(std::string_view code, const PluginOptions& options = {}) {
  const auto plugin = running(code, options);
  return failure(instance_of(plugin).call().run());
}

// What it prints in one call.
inline Lines printed_by(std::string_view code, Wasi wasi = {}, std::string_view more = "") {
  Lines lines;
  wasi.output = into(lines);
  (void)answer(code, {.wasi = wasi}, more);
  return lines;
}

// What comes of a text that it prints.
inline Lines printed(std::string_view text, Wasi wasi = {}) {
  return printed_by(
      concat("(call $print (i32.const 1048576) (i32.const ", text.size(), ")) (i64.const 0)"),
      std::move(wasi), data(1048576, raw(text)));
}

}  // namespace mortise::testing
