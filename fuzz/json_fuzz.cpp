// Reads texts as JSON. text_fuzz.h says what an input is, and what must hold.
#include <fuzz/lift_fuzz.h>
#include <fuzz/text_fuzz.h>

namespace mortise::fuzz {

bool lift_one(std::span<const std::uint8_t> input) {
  return read_input(input, [](const Subject& subject, Way way, std::string_view text) -> Values {
    const auto& [contract, function] = subject;
    if (way == Way::value) return one(json::parse(contract, function.params[0].type, text));
    return json::parse_arguments(contract, function, text);
  });
}

bool has_every_kind() { return types_have_every_kind(); }

std::size_t kinds_of_samples() { return kTypes * kWays; }

std::vector<std::uint8_t> sample(std::size_t kind, std::uint64_t seed) {
  return sample_input(kind, seed,
                      [](const Subject& subject, Way way, const std::vector<Value>& values) {
                        const auto& [contract, function] = subject;
                        const auto text = [&](std::size_t i) {
                          return json::print(contract, function.params[i].type, values[i]).value();
                        };
                        if (way == Way::value) return text(0);
                        if (way == Way::arguments) return "[" + text(0) + "," + text(1) + "]";
                        return "{\"second\":" + text(1) + ",\"first\":" + text(0) + "}";
                      });
}

}  // namespace mortise::fuzz

// libFuzzer: one input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)mortise::fuzz::lift_one({data, size});
  return 0;
}
