// wasi:config, from a map.
#include <mortise/services/config/config.h>

#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "config_world.h"
#include "tests/services/in_call.h"

namespace mortise::services {
namespace {

using testing::host_of;
using testing::in_call;
using Pairs = std::vector<std::tuple<std::string, std::string>>;

template <class Interface>
void answers(const Service& service) {
  in_call([&](CallContext& call) {
    auto& host = host_of<Interface>(service);
    EXPECT_EQ(*host.get(call, "currency"), "EUR");
    EXPECT_EQ(*host.get(call, "empty"), "");
    EXPECT_EQ(*host.get(call, "Currency"), std::nullopt);
    EXPECT_EQ(*host.get(call, ""), std::nullopt);
    EXPECT_EQ(*host.get_all(call), (Pairs{{"currency", "EUR"}, {"empty", ""}}));
  });
}

TEST(Config, AnswersWhatItWasGivenInEachInterface) {
  const Service service = config({{"currency", "EUR"}, {"empty", ""}});
  answers<wasi::config_0_2_0_rc_1::store::Host>(service);
  answers<wasi::config_0_2_0_draft::store::Host>(service);
  answers<wasi::config_0_2_0_draft::runtime::Host>(service);
}

}  // namespace
}  // namespace mortise::services
