#include "options.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <vector>

#include <mortise/contract/text.h>

#include "programs.h"

namespace mortise::cli {

namespace {

std::string colored(std::string_view code, std::string_view text) {
  const char* no_color = ::secure_getenv("NO_COLOR");
  const bool plain = isatty(STDOUT_FILENO) == 0 || (no_color != nullptr && *no_color != '\0');
  return plain ? std::string(text) : concat("\x1b[", code, "m", text, "\x1b[0m");
}

// What to say of an argument that has no place.
std::string unexpected(const CLI::App& app, const std::string& argument) {
  if (!argument.starts_with("-"))
    return concat("`", escape(argument), "` is one argument too many");
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  std::string said = concat("there is no option `", escape(argument), "`");
  const std::vector<std::string_view> views(names.begin(), names.end());
  for (const std::string_view near : near_names(argument, views, 1))
    if (near.substr(0, 3) == std::string_view(argument).substr(0, 3))
      return concat(said, "; did you mean `", near, "`?");
  return said;
}

// What to do about a limit: where the library's message names what hosts set it with.
std::string_view advice(Error::Limit limit) {
  switch (limit) {
    case Error::Limit::none:
    case Error::Limit::compile_depth: return "";
    case Error::Limit::deadline: return " (--deadline)";
    case Error::Limit::fuel: return " (--fuel)";
    case Error::Limit::memory:
    case Error::Limit::handles: return " (--memory)";
    case Error::Limit::stack:
    case Error::Limit::lift:
    case Error::Limit::compile_size:
    case Error::Limit::compile_memory:
    case Error::Limit::compile_time:
    case Error::Limit::compile_code: return "; a host can allow more";
  }
  return "";
}

}  // namespace

void describe(CLI::App& app, std::string_view command, std::string_view what,
              std::string_view examples) {
  app.name(concat("mortise ", command));
  app.description(std::string(what));
  app.footer(concat("Examples:\n", examples, "\n", kExits));
  app.set_help_flag("-h,--help", "this text");
  const auto formatter = app.get_formatter();
  formatter->column_width(26);
  formatter->label("Usage", "usage");
  formatter->label("REQUIRED", "");
  formatter->label("TEXT", "");
}

std::optional<int> parse(CLI::App& app, int count, char** arguments) {
  try {
    app.parse(count, arguments);
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return kFine;
  } catch (const CLI::ExtrasError&) {
    const std::vector<std::string> remaining = app.remaining();
    return usage(app, unexpected(app, remaining.empty() ? "" : remaining.front()));
  } catch (const CLI::ParseError& error) {
    return usage(app, escape(error.what()));
  }
}

void add_json(CLI::App& app, bool& json) {
  app.add_flag("--json", json,
               "print JSON, for programs; the guides of the command have its shape");
}

int usage(const CLI::App& app, std::string_view what) {
  std::cerr << concat(app.get_name(), ": ", what, "\n`", app.get_name(), " --help` says more.\n");
  return kUsage;
}

int fail(const CLI::App& app, std::string_view message) {
  std::cerr << concat(app.get_name(), ": ", message, message.ends_with('\n') ? "" : "\n");
  return kUnreadable;
}

int fail(const CLI::App& app, const Error& error) { return fail(app, text(error)); }

std::string text(const Error& error) {
  return concat(error.summary(), advice(error.limit()), error.details());
}

void add_experimental(CLI::App& app, bool& experimental_types) {
  app.add_flag("--experimental-types", experimental_types,
               "allow list<T, N> and map<K, V>, which fewer have tried");
}

void add_no_cache(CLI::App& app, bool& no_cache) {
  app.add_flag("--no-cache", no_cache, "compile it, whatever `mortise cache ls` has");
}

Engine engine(bool experimental_types, bool with_cache) {
  EngineOptions options{.experimental_types = experimental_types};
  // A command that was moved has its helper moved with it.
  if (::secure_getenv("MORTISE_COMPILER") == nullptr) options.compiler = program("mortise-compile");
  if (with_cache) {
    if (Result<CodeCache> cache = CodeCache::open())
      options.cache = *std::move(cache);
    else if (cache.error().kind() == Error::Kind::denied)
      std::cerr << concat("mortise: ", cache.error().summary(), "\n");
  }
  return Engine(std::move(options));
}

std::string bold(std::string_view text) { return colored("1", text); }
std::string green(std::string_view text) { return colored("32", text); }
std::string yellow(std::string_view text) { return colored("33", text); }
std::string red(std::string_view text) { return colored("31", text); }

}  // namespace mortise::cli
