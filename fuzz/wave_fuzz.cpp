// Reads texts as WAVE. text_fuzz.h says what an input is, and what must hold.
#include <fuzz/lift_fuzz.h>
#include <fuzz/text_fuzz.h>

namespace mortise::fuzz {

bool lift_one(std::span<const std::uint8_t> input) {
  return read_input(input, [](const Subject& subject, Way way, std::string_view text) -> Values {
    const auto& [contract, function] = subject;
    if (way == Way::value) return one(wave::parse(contract, function.params[0].type, text));
    if (way == Way::arguments) return wave::parse_arguments(contract, function, text);
    auto call = wave::parse_call(text);
    if (!call) return std::unexpected(std::move(call.error()));
    require(!call->function.empty() && text[call->arguments] == '(', "a call has no name");
    return wave::parse_arguments(contract, function, *call);
  });
}

bool has_every_kind() { return types_have_every_kind(); }

std::size_t kinds_of_samples() { return kTypes * kWays; }

std::vector<std::uint8_t> sample(std::size_t kind, std::uint64_t seed) {
  return sample_input(kind, seed, [](const Subject&, Way way, const std::vector<Value>& values) {
    std::string first = wave::print(values[0]);
    if (way == Way::value) return first;
    const std::string both = first + ", " + wave::print(values[1]);
    return way == Way::call ? "a:b/c@1.0.0.f(" + both + ")" : both;
  });
}

}  // namespace mortise::fuzz

// libFuzzer: one input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)mortise::fuzz::lift_one({data, size});
  return 0;
}
