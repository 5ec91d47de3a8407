// A host that asks a policy what its plugin may do.
#include <iostream>

#include <mortise/mortise.h>
#include <mortise/policy/granter.h>
#include <mortise/runtime/dynamic.h>

int main(int, char** arguments) {
  const mortise::Engine engine;
  auto policy = mortise::Policy::parse("[plugins.processor.config]\ncurrency = \"EUR\"\n", "here");
  if (!policy) return 1;
  auto granter = mortise::Granter::make(engine, *std::move(policy));
  if (!granter) return 1;
  auto options = granter->options_for("processor");
  if (!options) return 1;
  const auto plugin = mortise::DynamicPlugin::load(engine, arguments[1], {}, *options);
  std::cout << "granted: " << options->services.size() << ", loaded: " << plugin.has_value()
            << "\n";
  return plugin ? 0 : 1;
}
