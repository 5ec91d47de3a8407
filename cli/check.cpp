// mortise check: what differs between two contracts, and whom it breaks.
#include <array>
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <mortise/contract/compare.h>
#include <mortise/contract/text.h>

#include "commands.h"
#include "input.h"
#include "options.h"

namespace mortise::cli {

namespace {

using contract::Comparison;
using contract::Difference;
using contract::Verdict;
using nlohmann::ordered_json;

constexpr std::string_view kWhat =
    "Whether a component fits a contract, or the new version of a component or contract the old "
    "one.\n"
    "A host that was built against the old one can go on with the new one, or a plugin can: --for "
    "says\n"
    "which of them is asked about. Without it: hosts, and where both are WIT, plugins.";
constexpr std::string_view kExamples =
    "  mortise check plugin.wasm --wit wit --world plugin-world    does it fit the contract?\n"
    "  mortise check v1.wasm v2.wasm            can hosts of v1 load v2?\n"
    "  mortise check old/wit new/wit            do plugins of the old contract run in new hosts?\n"
    "  mortise check old/wit new/wit --for hosts    do old hosts run plugins of the new one?\n";

struct Asked {
  std::string expected;
  std::string actual;
  std::string wit;
  std::string side;
  WitOptions options;
  bool ignore_versions = false;
  bool as_json = false;
};

std::string colored(Verdict verdict) {
  const std::string_view text = to_string(verdict);
  switch (verdict) {
    case Verdict::same: return green(text);
    case Verdict::compatible: return yellow(text);
    default: return red(text);
  }
}

// What is compared, and for whom.
struct Question {
  const Input& expected;
  const Input& actual;
  bool for_hosts;
  bool both_sides;
};

// "breaking: hosts built against v1.wasm cannot use v2.wasm"
std::string answer(const Question& question, bool for_hosts, Verdict verdict) {
  const bool breaks = verdict == Verdict::breaking;
  const std::string expected = escape(question.expected.path);
  const std::string actual = escape(question.actual.path);
  const std::string_view of = question.actual.is_wit ? "plugins of " : "";
  const std::string what = for_hosts
                               ? concat("hosts built against ", expected,
                                        breaks ? " cannot use " : " can use ", of, actual)
                               : concat("plugins built against ", expected,
                                        breaks ? " do not run" : " run", " in hosts of ", actual);
  return concat(colored(verdict), ": ", what, "\n");
}

// Of components the other side is no question: a host of the old one stays what it is.
std::string_view breaks(const Difference& difference, const Question& question) {
  if (!question.both_sides && question.for_hosts)
    return difference.breaks_hosts ? "breaks hosts" : "breaks no host";
  if (!question.both_sides)
    return difference.breaks_plugins ? "breaks plugins" : "breaks no plugin";
  if (difference.breaks_plugins && difference.breaks_hosts) return "breaks plugins and hosts";
  if (difference.breaks_plugins) return "breaks plugins";
  return difference.breaks_hosts ? "breaks hosts" : "breaks nobody";
}

void print_text(const Comparison& found, const Question& question) {
  const bool for_hosts = question.for_hosts;
  std::string_view where;
  bool versions = false;
  for (const Difference& difference : found.differences) {
    if (difference.where != where) std::cout << bold(difference.where) << "\n";
    where = difference.where;
    versions = versions || difference.kind == Difference::Kind::version;
    const bool bad = for_hosts ? difference.breaks_hosts : difference.breaks_plugins;
    const std::string_view whom = breaks(difference, question);
    std::cout << "  " << difference.what << " (" << (bad ? red(whom) : std::string(whom)) << ")\n";
  }
  if (found.more > 0) std::cout << "and " << found.more << " differences more\n";
  if (versions)
    std::cout << "\nThe version is part of the name by which plugins and hosts meet. "
                 "--ignore-versions judges the rest.\n";
  if (!found.differences.empty()) std::cout << "\n";
  // The side that is asked about comes last, where it is looked for.
  if (question.both_sides)
    std::cout << answer(question, !for_hosts, for_hosts ? found.for_plugins : found.for_hosts);
  std::cout << answer(question, for_hosts, for_hosts ? found.for_hosts : found.for_plugins);
}

ordered_json json(const Difference& difference) {
  ordered_json whom = ordered_json::array();
  if (difference.breaks_plugins) whom.push_back("plugins");
  if (difference.breaks_hosts) whom.push_back("hosts");
  return {{"kind", to_string(difference.kind)},
          {"direction", difference.direction == contract::Direction::imports ? "import" : "export"},
          {"interface", difference.interface},
          {"function", difference.function},
          {"path", difference.path},
          {"expected", difference.expected},
          {"actual", difference.actual},
          {"breaks", whom},
          {"text", concat(difference.where, ": ", difference.what)}};
}

void print_json(const Comparison& found, Verdict verdict, bool for_hosts) {
  ordered_json out{
      {"verdict", to_string(verdict)},           {"for", for_hosts ? "hosts" : "plugins"},
      {"plugins", to_string(found.for_plugins)}, {"hosts", to_string(found.for_hosts)},
      {"differences", ordered_json::array()},    {"more", found.more}};
  for (const Difference& difference : found.differences)
    out["differences"].push_back(json(difference));
  print(out);
}

int compare(const CLI::App& app, const Asked& asked) {
  const Engine with = engine();
  const bool fits = !asked.wit.empty();
  const std::string& first = fits ? asked.wit : asked.expected;
  const std::string& second = fits ? asked.expected : asked.actual;
  const Result<Input> expected = read(with, first, asked.options);
  if (!expected) return fail(app, expected.error());
  const Result<Input> actual = read(with, second, asked.options);
  if (!actual) return fail(app, actual.error());

  contract::CompareOptions options{.ignore_versions = asked.ignore_versions};
  if (fits) options.expected = "the contract";
  if (fits) options.actual = actual->is_wit ? "the other one" : "the component";
  const Comparison found = contract::compare(expected->contract, actual->contract, options);
  const bool both_wit = expected->is_wit && actual->is_wit;
  const bool for_hosts = asked.side.empty() ? !both_wit : asked.side == "hosts";
  const Verdict verdict = for_hosts ? found.for_hosts : found.for_plugins;
  for (const Input* input : {&*expected, &*actual})
    for (const std::string& note : input->notes)
      std::cerr << concat(app.get_name(), ": note: ", escape(input->path), ": ", escape(note),
                          "\n");
  if (asked.as_json) {
    print_json(found, verdict, for_hosts);
  } else {
    print_text(
        found,
        {.expected = *expected, .actual = *actual, .for_hosts = for_hosts, .both_sides = both_wit});
  }
  return verdict == Verdict::breaking ? kBreaking : kFine;
}

}  // namespace

int check(int count, char** arguments) {
  CLI::App app;
  describe(app, "check", kWhat, kExamples);
  Asked asked;
  app.add_option("OLD", asked.expected,
                 "a component [mortise.toml's], or WIT: a .wit file or a folder");
  app.add_option("NEW", asked.actual, "what is to take its place");
  app.add_option("--wit", asked.wit, "instead of NEW: the contract that OLD has to fit")
      ->type_name("WIT");
  app.add_option("--world", asked.options.world, "which world of the WIT, where there are several")
      ->type_name("NAME");
  add_features(app, asked.options);
  app.add_option("--for", asked.side, "who was built against the old one: hosts or plugins")
      ->type_name("WHOM");
  app.add_flag("--ignore-versions", asked.ignore_versions,
               "take interfaces that differ in their version alone for the same");
  add_json(app, asked.as_json);
  if (const auto status = parse(app, count, arguments)) return *status;
  if (const auto status = find_component(app, asked.expected, "OLD")) return *status;
  if (asked.actual.empty() == asked.wit.empty())
    return usage(app, asked.wit.empty() ? "NEW is missing, or --wit with a contract"
                                        : "either NEW or --wit, not both");
  if (!asked.side.empty() && asked.side != "hosts" && asked.side != "plugins")
    return usage(app, concat("--for is hosts or plugins, not `", escape(asked.side), "`"));
  const std::string& other = asked.wit.empty() ? asked.actual : asked.wit;
  for (const std::string_view option : {"--world", "--features", "--all-features"})
    if (app.count(std::string(option)) > 0 && !looks_like_wit(asked.expected) &&
        !looks_like_wit(other))
      return usage(app, concat(option, " is for WIT, and neither ", escape(asked.expected), " nor ",
                               escape(other), " is WIT"));
  return compare(app, asked);
}

}  // namespace mortise::cli
