#include "answers.h"

#include <mortise/contract/look_up.h>
#include <mortise/contract/text.h>
#include <mortise/contract/wave.h>

namespace mortise::cli {

namespace {

using contract::Contract;
using contract::Function;
using contract::kNone;

bool is_new_resource(const Contract& contract, const Function& function) {
  return function.result != kNone && contract.types[function.result].kind == contract::Kind::own;
}

// The shortest name that is understood: "count", "stock.count".
std::string short_name(const Contract& contract, std::string_view interface,
                       std::string_view function) {
  const std::string_view version = interface.substr(0, interface.find('@'));
  for (const std::string_view part :
       {std::string_view(), version.substr(version.find('/') + 1), version})
    if (const auto found = contract::look_up(contract.imports, part, function, "imports");
        found && found->interface->name == interface)
      return part.empty() ? std::string(function) : concat(part, ".", function);
  return concat(interface, ".", function);
}

// "--answer 'stock.count=1'"
std::string how(const Contract& contract, std::string_view interface, const Function& function) {
  std::string out =
      concat("--answer '", escape(short_name(contract, interface, function.name), 200));
  if (function.result != kNone && !is_new_resource(contract, function))
    out += concat("=", escape(wave::print(contract::example(contract, function.result)), 200));
  return out + "'";
}

}  // namespace

void Answers::add_to(CLI::App& app) {
  app.add_option("--answer", said_,
                 "what an import answers, in WAVE: 'stock.count=7'; 'log.write', if nothing")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
}

DynamicImports Answers::imports() {
  DynamicImports all;
  all.others([this](CallContext& context, const std::vector<Value>&) { return answer(context); });
  return all;
}

Result<DynamicAnswer> Answers::answer(const CallContext& context) {
  const std::string interface(context.interface());
  const std::string name(context.name());
  const auto found = answers_.find({interface, name});
  if (found == answers_.end()) {
    const contract::Interface* of = contract::find(contract_.imports, interface);
    const Function* function = of == nullptr ? nullptr : contract::find(*of, name);
    return std::unexpected(
        Error(Error::Kind::denied,
              concat(escape(context.plugin()), " called its import `", escape(name),
                     "`, and nobody answers it here: answer it with ",
                     function == nullptr ? "--answer" : how(contract_, interface, *function))));
  }
  Answer& answer = found->second;
  if (answer.resource.empty()) return answer.value;
  return Value::handle(answer.resource, ++answer.given);
}

std::optional<std::string> Answers::fit(const DynamicPlugin& plugin) {
  contract_ = plugin.contract();
  for (const std::string& said : said_)
    if (auto wrong = fit(contract_, plugin.name(), said)) return wrong;
  return std::nullopt;
}

std::optional<std::string> Answers::fit(const Contract& contract, std::string_view plugin,
                                        std::string_view said) {
  const std::size_t equals = said.find('=');
  // A name with its interface is read as that of a call is.
  const std::string name = concat(said.substr(0, equals), "()");
  const auto call = wave::parse_call(name);
  if (!call)
    return concat("--answer: `", escape(said, 100),
                  "` is not NAME or NAME=VALUE, as in 'stock.count=7'");
  const auto found =
      contract::look_up(contract.imports, call->interface, call->function, "imports");
  if (!found) return concat("--answer: ", plugin, " ", found.error());
  const contract::Interface& interface = *found->interface;
  const Function& function = *found->function;
  Answer& answer = answers_[{interface.name, function.name}];
  const auto instead = [&](std::string_view why) {
    return concat("--answer: `", escape(function.name), "` ", why, ": ",
                  how(contract, interface.name, function));
  };
  if (equals == std::string_view::npos) {
    if (function.result == kNone) return std::nullopt;
    if (!is_new_resource(contract, function))
      return instead(concat("answers ", describe(contract, function.result)));
    answer.resource = contract.types[function.result].name;
    return std::nullopt;
  }
  if (function.result == kNone) return instead("answers nothing");
  const std::string_view text = said.substr(equals + 1);
  auto value = wave::parse(contract, function.result, text);
  if (!value)
    return concat("--answer ", escape(said.substr(0, equals)), ": ",
                  escape_lines(value.error().message), "\n",
                  escape_lines(contract::excerpt(text, value.error())));
  answer = {.value = *std::move(value)};
  return std::nullopt;
}

}  // namespace mortise::cli
