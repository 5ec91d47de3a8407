#include "types_cpp.h"

#include <string>

namespace exports::matrix::types::echo {

bool Truth(bool v) { return v; }

uint8_t Unsigned8(uint8_t v) { return v; }

uint16_t Unsigned16(uint16_t v) { return v; }

uint32_t Unsigned32(uint32_t v) { return v; }

uint64_t Unsigned64(uint64_t v) { return v; }

int8_t Signed8(int8_t v) { return v; }

int16_t Signed16(int16_t v) { return v; }

int32_t Signed32(int32_t v) { return v; }

int64_t Signed64(int64_t v) { return v; }

float Single(float v) { return v; }

double DoubleSize(double v) { return v; }

uint32_t Letter(uint32_t v) { return v; }

wit::string Text(wit::string v) { return v; }

wit::vector<uint8_t> Bytes(wit::vector<uint8_t> v) { return v; }

wit::vector<int64_t> Numbers(wit::vector<int64_t> v) { return v; }

wit::vector<wit::string> Texts(wit::vector<wit::string> v) { return v; }

wit::vector<wit::vector<uint16_t>> Nested(wit::vector<wit::vector<uint16_t>> v) { return v; }

std::optional<uint32_t> Maybe(std::optional<uint32_t> v) { return v; }

std::optional<wit::string> MaybeText(std::optional<wit::string> v) { return v; }

std::optional<std::optional<uint8_t>> MaybeMaybe(std::optional<std::optional<uint8_t>> v) {
  return v;
}

std::tuple<wit::string, uint64_t> Pair(std::tuple<wit::string, uint64_t> v) { return v; }

Point APoint(Point v) { return v; }

Person APerson(Person v) { return v; }

wit::vector<Person> People(wit::vector<Person> v) { return v; }

Shape AShape(Shape v) { return v; }

wit::vector<Shape> Shapes(wit::vector<Shape> v) { return v; }

Color AColor(Color v) { return v; }

Access AnAccess(Access v) { return v; }

std::expected<uint32_t, wit::string> Outcome(std::expected<uint32_t, wit::string> v) { return v; }

std::expected<void, wit::Void> OutcomeBare(std::expected<void, wit::Void> v) { return v; }

wit::string Many(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f, uint32_t g,
                 uint32_t h, uint32_t i, uint32_t j, uint32_t k, uint32_t l, uint32_t m, uint32_t n,
                 uint32_t o, uint32_t p, uint32_t q) {
  std::string all = std::to_string(a);
  for (uint32_t n : {b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q})
    all += "," + std::to_string(n);
  return wit::string::from_view(all);
}

void Nothing() {}

}  // namespace exports::matrix::types::echo

namespace exports::matrix::types::counters {

struct Counter::impl {
  uint32_t sum;
};

Counter::~Counter() = default;

Counter::Counter(uint32_t start) : pimpl(std::make_unique<impl>(start)) {}

uint32_t Counter::Add(uint32_t n) { return pimpl->sum += n; }

wit::Owned<Counter> Counter::Merge(std::reference_wrapper<const counters::Counter> a,
                                   std::reference_wrapper<const counters::Counter> b) {
  return Counter::New(a.get().pimpl->sum + b.get().pimpl->sum);
}

}  // namespace exports::matrix::types::counters
