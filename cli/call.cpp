// mortise call: runs one function of a component.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <mortise/contract/json.h>
#include <mortise/contract/text.h>
#include <mortise/contract/wave.h>
#include <mortise/runtime/ahead.h>
#include <mortise/runtime/dynamic.h>

#include "answers.h"
#include "bar.h"
#include "commands.h"
#include "input.h"
#include "limits.h"
#include "options.h"

namespace mortise::cli {

namespace {

using Clock = std::chrono::steady_clock;
using contract::Contract;
using contract::Function;

constexpr std::string_view kWhat =
    "Calls a function of a component, and prints what it answers as WAVE. It runs with the limits "
    "of\n"
    "a plugin, and gets nothing of the machine.";
constexpr std::string_view kExamples =
    "  mortise call plugin.wasm                             which functions are there?\n"
    "  mortise call plugin.wasm 'process-data(\"hi\", {name: \"n\", version: \"1\", priority: "
    "1})'\n"
    "  mortise call plugin.wasm 'techbytes:plugins/processor.process-data(\"hi\", ..)'\n"
    "  mortise call plugin.wasm process-data --args arguments.wave     - is the standard input\n"
    "  mortise call plugin.wasm process-data --json-args - --json < arguments.json\n"
    "  mortise call shop.wasm 'buy(\"tea\")' --answer 'stock.count=7' --answer log.write\n"
    "  mortise call 'process-data(..)'                      in the folder of a mortise.toml\n"
    "  mortise call plugin.wasm 'f()' --repeat 10000        a table of latencies\n";

struct Asked {
  std::string path;
  std::string call;
  std::string arguments_file;
  std::string json_file;
  Limits limits;
  Answers answers{};
  std::uint64_t repeat = 1;
  bool stats = false;
  bool experimental_types = false;
  bool as_json = false;
  bool no_cache = false;
};

// ---- What is called --------------------------------------------------------------------------

// One that would be accepted, with made-up values.
std::string example(const Contract& contract, std::string_view interface,
                    const Function& function) {
  std::string out = interface.empty() ? std::string() : concat(interface, ".");
  out += concat(function.name, "(");
  for (std::size_t i = 0; i < function.params.size(); ++i)
    out += concat(i == 0 ? "" : ", ",
                  wave::print(contract::example(contract, function.params[i].type)));
  return out + ")";
}

std::string listing(const DynamicPlugin& plugin) {
  constexpr std::size_t kShown = 50;
  std::string out;
  std::size_t count = 0;
  std::size_t methods = 0;
  for (const contract::Interface& interface : plugin.contract().exports)
    for (const Function& function : interface.functions) {
      if (function.name.starts_with("[method]")) {
        ++methods;
        continue;
      }
      if (++count > kShown) continue;
      const bool unique = plugin.find(function.name).has_value();
      out += concat("  ",
                    escape(example(plugin.contract(), unique ? "" : interface.name, function), 300),
                    "\n");
    }
  if (count > kShown)
    out += concat("  and ", count - kShown, " more: `mortise inspect` shows all\n");
  if (methods > 0)
    out += concat("  without ", methods, methods == 1 ? " method" : " methods",
                  " of resources, which live no longer than one `mortise call`\n");
  return out;
}

// All of a file, or of the standard input stream: at most so much.
std::optional<std::string> read_all(const std::string& path) {
  constexpr std::size_t kMost = std::size_t{64} << 20;
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  std::string text;
  std::vector<char> part(1 << 16);
  while (in && text.size() <= kMost) {
    in.read(part.data(), static_cast<std::streamsize>(part.size()));
    text.append(part.data(), static_cast<std::size_t>(in.gcount()));
  }
  if ((path != "-" && !file.is_open()) || in.bad() || text.size() > kMost) return std::nullopt;
  return text;
}

int wrong_text(const CLI::App& app, std::string_view text, const contract::TextError& error) {
  std::cerr << concat(app.get_name(), ": ", escape_lines(error.message), "\n",
                      escape_lines(contract::excerpt(text, error)), "\n");
  return kUsage;
}

struct Call {
  DynamicFunction function;
  std::vector<Value> arguments;
};

// The call that the command line asks for. A status: it is none, and that was said.
std::optional<Call> understand(const CLI::App& app, const Asked& asked, const DynamicPlugin& plugin,
                               int& status) {
  const bool only_name = asked.call.find('(') == std::string::npos;
  // The name alone is a call whose arguments are elsewhere, or nowhere.
  const std::string text = only_name ? asked.call + "()" : asked.call;
  const auto call = wave::parse_call(text);
  if (!call) {
    status = wrong_text(app, asked.call, call.error());
    return std::nullopt;
  }
  const Result<DynamicFunction> function = plugin.find(call->interface, call->function);
  if (!function) {
    status = usage(app, function.error().summary());
    return std::nullopt;
  }
  const bool elsewhere = !asked.arguments_file.empty() || !asked.json_file.empty();
  if (elsewhere && !only_name) {
    status = usage(app, "the arguments are given twice: in the call and by an option");
    return std::nullopt;
  }
  if (only_name && !elsewhere && !function->type().params.empty()) {
    status =
        usage(app, concat("`", escape(function->type().name),
                          "` takes arguments; one way to call it is\n  ",
                          escape(example(plugin.contract(), call->interface, function->type()))));
    return std::nullopt;
  }
  const std::string& file = asked.json_file.empty() ? asked.arguments_file : asked.json_file;
  std::string given;
  if (elsewhere) {
    std::optional<std::string> read = read_all(file);
    if (!read) {
      status = fail(app, concat(escape(file), " cannot be read, or has more than 64 MiB"));
      return std::nullopt;
    }
    given = *std::move(read);
  }
  auto arguments = !asked.json_file.empty()
                       ? json::parse_arguments(plugin.contract(), function->type(), given)
                   : elsewhere ? wave::parse_arguments(plugin.contract(), function->type(), given)
                               : wave::parse_arguments(plugin.contract(), function->type(), *call);
  if (!arguments) {
    status = wrong_text(app, elsewhere ? given : text, arguments.error());
    return std::nullopt;
  }
  return Call{.function = *function, .arguments = *std::move(arguments)};
}

// ---- What it took ----------------------------------------------------------------------------

std::string time_text(Clock::duration time) {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  if (ns < 10'000) return concat(ns, " ns");
  if (ns < 10'000'000) return concat(ns / 1000, " us");
  return concat(ns / 1'000'000, " ms");
}

struct Times {
  Clock::duration load{};
  Clock::duration instantiate{};
  std::vector<Clock::duration> calls{};  // sorted

  Clock::duration at(double part) const {
    const auto last = static_cast<double>(calls.size() - 1);
    return calls[static_cast<std::size_t>(part * last)];
  }
};

constexpr std::pair<std::string_view, double> kParts[] = {  // NOLINT: a literal
    {"fastest", 0},
    {"p50", 0.5},
    {"p90", 0.9},
    {"p99", 0.99},
    {"slowest", 1}};

// What one call uses of fuel, counted in an instance of its own: code that counts is slower.
std::optional<Fuel> count_fuel(const Engine& engine, Asked& asked, PluginOptions options,
                               const Call& call) {
  if (!options.limits.fuel) {
    if (options.compile == Compile::ahead) return std::nullopt;
    options.limits.fuel = Fuel{UINT64_MAX / 2};
  }
  options.wasi.output = {};  // it was printed already
  const auto plugin = DynamicPlugin::load(engine, asked.path, asked.answers.imports(), options);
  if (!plugin) return std::nullopt;
  const auto function = plugin->find(call.function.interface(), call.function.type().name);
  auto instance = plugin->instantiate();
  if (!function || !instance || !instance->call(*function, call.arguments)) return std::nullopt;
  return instance->fuel_used();
}

std::string line(std::string_view label, std::string_view text) {
  return concat("  ", label, std::string(label.size() < 12 ? 12 - label.size() : 1, ' '), text,
                "\n");
}

std::string table(const Times& times) {
  std::string out = concat(times.calls.size(), " calls\n");
  for (const auto& [name, part] : kParts) out += line(name, time_text(times.at(part)));
  return out;
}

std::string stats(const Times& times, Bytes memory, std::optional<Fuel> fuel) {
  std::string out =
      line("load", time_text(times.load)) + line("instantiate", time_text(times.instantiate));
  if (times.calls.size() == 1) out += line("call", time_text(times.calls.front()));
  out += line("memory", bytes_text(memory.count));
  if (fuel) out += line("fuel", concat(fuel->units, ", counted in a second run"));
  return out;
}

nlohmann::ordered_json json_stats(const Times& times, Bytes memory, std::optional<Fuel> fuel) {
  const auto ns = [](Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  };
  nlohmann::ordered_json out{{"load_ns", ns(times.load)},
                             {"instantiate_ns", ns(times.instantiate)},
                             {"calls", times.calls.size()}};
  for (const auto& [name, part] : kParts) out[concat(name, "_ns")] = ns(times.at(part));
  out["memory"] = memory.count;
  out["fuel"] = fuel ? nlohmann::ordered_json(fuel->units) : nlohmann::ordered_json(nullptr);
  return out;
}

// ---- The call --------------------------------------------------------------------------------

int said_no(const DynamicAnswer& answer) {
  const auto* result = answer ? answer->get<Value::Result>() : nullptr;
  return result != nullptr && !result->is_ok ? kBreaking : kFine;
}

int failed(const CLI::App& app, const Error& error) {
  (void)fail(app, error);
  const bool of_plugin = error.kind() == Error::Kind::guest_trap ||
                         error.kind() == Error::Kind::limit_exceeded ||
                         error.kind() == Error::Kind::denied;
  return of_plugin ? kFailed : kUnreadable;
}

int run(const CLI::App& app, Asked& asked) {
  const Engine one = engine(asked.experimental_types, !asked.no_cache);
  std::optional<Bar> bar(std::in_place, escape(asked.path));
  PluginOptions options;
  options.limits = asked.limits;
  options.compile = is_compiled_ahead(asked.path) ? Compile::ahead : Compile::isolated;
  options.wasi.output = [](const WasiLine& line) {
    std::cerr << concat(line.plugin, ": ", line.text, "\n");
  };
  options.progress = bar->handler();
  Times times;
  const Clock::time_point start = Clock::now();
  const auto plugin = DynamicPlugin::load(one, asked.path, asked.answers.imports(), options);
  bar.reset();
  options.progress = {};
  if (!plugin) return fail(app, plugin.error());
  times.load = Clock::now() - start;
  if (asked.call.empty()) {
    const std::string all = listing(*plugin);
    if (all.empty()) return usage(app, concat(plugin->name(), " exports no functions"));
    return usage(app, concat("which function? ", plugin->name(), " has\n", all));
  }
  if (const auto wrong = asked.answers.fit(*plugin)) return usage(app, *wrong);
  int status = kFine;
  const std::optional<Call> call = understand(app, asked, *plugin, status);
  if (!call) return status;

  const Clock::time_point made = Clock::now();
  auto instance = plugin->instantiate();
  if (!instance) return failed(app, instance.error());
  times.instantiate = Clock::now() - made;
  DynamicAnswer answer;
  for (std::uint64_t i = 0; i < asked.repeat; ++i) {
    const Clock::time_point began = Clock::now();
    auto out = instance->call(call->function, call->arguments);
    times.calls.push_back(Clock::now() - began);
    if (!out) return failed(app, out.error());
    if (i == 0) answer = *std::move(out);
  }
  std::ranges::sort(times.calls);

  const bool counted = asked.stats || (asked.as_json && asked.repeat > 1);
  std::optional<Fuel> fuel;
  if (asked.stats)
    fuel = asked.limits.fuel ? instance->fuel_used() : count_fuel(one, asked, options, *call);
  if (asked.as_json) {
    nlohmann::ordered_json out{{"result", nullptr}};
    if (answer) {
      const auto text = json::print(plugin->contract(), call->function.type().result, *answer);
      if (!text) return fail(app, text.error().message);
      out["result"] = nlohmann::ordered_json::parse(*text);
    }
    if (counted) out["stats"] = json_stats(times, instance->memory(), fuel);
    print(out);
  } else {
    if (answer) std::cout << wave::print(*answer) << "\n" << std::flush;
    if (asked.repeat > 1) std::cerr << table(times);
    if (asked.stats) std::cerr << stats(times, instance->memory(), fuel);
  }
  return said_no(answer);
}

}  // namespace

int call(int count, char** arguments) {
  CLI::App app;
  describe(app, "call", kWhat, kExamples);
  Asked asked;
  add_component(app, asked.path);
  app.add_option("CALL", asked.call, "the function and its arguments, in WAVE: f(1, \"two\")");
  CLI::Option* wave_file =
      app.add_option("--args", asked.arguments_file, "read the arguments from a file, in WAVE");
  app.add_option("--json-args", asked.json_file, "the same in JSON")->excludes(wave_file);
  add_json(app, asked.as_json);
  asked.answers.add_to(app);
  add_limits(app, asked.limits);
  add_experimental(app, asked.experimental_types);
  add_no_cache(app, asked.no_cache);
  app.add_option("--repeat", asked.repeat, "call it so often, in one instance")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{10'000'000}));
  app.add_flag("--stats", asked.stats, "what it took: time, memory, fuel");
  if (const auto status = parse(app, count, arguments)) return *status;
  // In a project the first argument may be the call.
  if (asked.call.empty() && is_call_in_project(asked.path)) std::swap(asked.path, asked.call);
  if (const auto status = find_component(app, asked.path)) return *status;
  return run(app, asked);
}

}  // namespace mortise::cli
