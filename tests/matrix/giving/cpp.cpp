#include "giving_cpp.h"

#include <memory>

namespace exports::matrix::giving::jars {

struct Jar::impl {
  uint32_t coins;
};

Jar::~Jar() = default;

Jar::Jar(uint32_t coins) : pimpl(std::make_unique<impl>(coins)) {}

uint32_t Jar::Coins() { return pimpl->coins; }

uint32_t Jar::Smash(wit::Owned<jars::Jar> jar) { return jar->Coins(); }

uint32_t SmashAll(wit::vector<wit::Owned<Jar>> jars) {
  uint32_t coins = 0;
  for (auto& jar : jars) coins += jar->Coins();
  return coins;
}

}  // namespace exports::matrix::giving::jars
