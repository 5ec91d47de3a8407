// mortise wit check: the errors in WIT, with their lines and columns.
#include <iostream>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <mortise/contract/text.h>
#include <mortise/runtime/inspect.h>

#include "commands.h"
#include "input.h"
#include "options.h"

namespace mortise::cli {

namespace {

constexpr std::string_view kExamples =
    "  mortise wit check wit                a folder, with other packages in its deps/\n"
    "  mortise wit check plugin-world.wit   a file, read alone\n";

int check_wit(const CLI::App& app, const std::string& path, const WitOptions& options) {
  const auto worlds = list_worlds(engine(), path, options);
  if (!worlds) return fail(app, worlds.error());
  for (const WitWorld& world : *worlds) {
    std::cout << "world " << escape(world.name) << "\n";
    for (const std::string& note : world.notes)
      std::cout << "  note: " << yellow(escape(note)) << "\n";
  }
  if (worlds->empty()) std::cout << "interfaces alone, and no world\n";
  return kFine;
}

}  // namespace

int wit(int count, char** arguments) {
  CLI::App app;
  describe(app, "wit check", "The errors in WIT, with their lines and columns; else its worlds.",
           kExamples);
  const std::string_view what = count > 1 ? arguments[1] : "";
  const bool named = what == "check";
  if (!named && what != "--help" && what != "-h") {
    app.name("mortise wit");
    return usage(app, what.empty() ? "what to do? There is `mortise wit check`"
                                   : concat("there is no `mortise wit ", escape(what),
                                            "`, only `mortise wit check`"));
  }
  std::string path;
  WitOptions options;
  app.add_option("WIT", path, "a file, or a folder with what it needs in its deps/")->required();
  add_features(app, options);
  const int skipped = named ? 1 : 0;
  if (const auto status = parse(app, count - skipped, arguments + skipped)) return *status;
  return check_wit(app, path, options);
}

}  // namespace mortise::cli
