// Registry, behind its types: one table that changes are made to, and copies of it for readers.
//
// Each copy has its pools by shared pointers of its own: the count of users of a pool that one
// copy gives out is on another cache line than that of the next copy.

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/registry_handle.h>
#include <mortise/runtime/detail/thread_number.h>
#include <mortise/runtime/registry.h>

namespace mortise::detail {

struct Farewell {
  std::mutex mutex;
  std::condition_variable gone_now;
  bool gone = false;
};

namespace {

using std::chrono::milliseconds;

// Tells a Farewell when it goes, which is when the last goes that refers to it.
class Presence {
 public:
  explicit Presence(std::shared_ptr<Farewell> farewell) : farewell_(std::move(farewell)) {}
  ~Presence() {
    {
      const std::scoped_lock lock(farewell_->mutex);
      farewell_->gone = true;
    }
    farewell_->gone_now.notify_all();
  }
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;

 private:
  std::shared_ptr<Farewell> farewell_;
};

// A pool as one copy of the table has it. The pool goes first.
struct Keeper {
  std::shared_ptr<Presence> presence;
  PoolHandle pool;
};

struct Registered {
  PoolHandle pool;
  std::shared_ptr<Farewell> farewell;
  std::shared_ptr<Presence> presence;

  static Registered make(PoolHandle pool) {
    auto farewell = std::make_shared<Farewell>();
    auto presence = std::make_shared<Presence>(farewell);
    return {std::move(pool), std::move(farewell), std::move(presence)};
  }
  // The same pool, with a count of users of its own.
  [[nodiscard]] PoolHandle copy() const {
    auto keeper = std::make_shared<Keeper>(Keeper{.presence = presence, .pool = pool});
    PoolCore* const core = pool.get();
    return {std::move(keeper), core};
  }
};

template <class Held>
struct Named {
  std::map<Version, Held> versions;  // not empty
  std::optional<Version> preferred{};

  // What is found by the name alone.
  [[nodiscard]] auto current() const {
    if (preferred) return versions.find(*preferred);
    const auto is_release = [](const auto& one) { return one.first.pre.empty(); };
    const auto highest = std::find_if(versions.rbegin(), versions.rend(), is_release);
    return std::prev(highest == versions.rend() ? versions.end() : highest.base());
  }
};
template <class Held>
using Table = std::map<std::string, Named<Held>, std::less<>>;

}  // namespace

class RegistryCore {
 public:
  Result<void> add(std::string_view name, const Version& version, PoolHandle pool) {
    Before before;
    const std::scoped_lock lock(mutex_);
    auto& versions = table_[std::string(name)].versions;
    if (!versions.try_emplace(version, Registered::make(std::move(pool))).second)
      return std::unexpected(wrong(name, version, "is in the registry already; replace it"));
    publish(before);
    return {};
  }

  Result<std::shared_ptr<Farewell>> replace(std::string_view name, const Version& version,
                                            PoolHandle pool) {
    Before before;
    const std::scoped_lock lock(mutex_);
    Registered* registered = look_up(name, version);
    if (registered == nullptr) return std::unexpected(missing(name, version));
    before.pool = std::exchange(*registered, Registered::make(std::move(pool)));
    publish(before);
    return before.pool->farewell;
  }

  Result<std::shared_ptr<Farewell>> remove(std::string_view name, const Version& version) {
    Before before;
    const std::scoped_lock lock(mutex_);
    Registered* registered = look_up(name, version);
    if (registered == nullptr) return std::unexpected(missing(name, version));
    before.pool = std::move(*registered);
    const auto named = table_.find(name);
    named->second.versions.erase(version);
    if (named->second.preferred == version) named->second.preferred.reset();
    if (named->second.versions.empty()) table_.erase(named);
    publish(before);
    return before.pool->farewell;
  }

  Result<void> prefer(std::string_view name, const Version& version) {
    Before before;
    const std::scoped_lock lock(mutex_);
    if (look_up(name, version) == nullptr) return std::unexpected(missing(name, version));
    table_.find(name)->second.preferred = version;
    publish(before);
    return {};
  }

  // What `choose` finds among the versions of that name: an iterator.
  template <class Choose>
  PoolHandle find(std::string_view name, Choose choose) const {
    const Copy& copy = copies_[thread_number() % copies_.size()];
    const std::scoped_lock lock(copy.mutex);
    const auto named = copy.table.find(name);
    if (named == copy.table.end()) return nullptr;
    const auto found = choose(named->second);
    return found == named->second.versions.end() ? nullptr : found->second;
  }

  std::vector<RegistryEntry> list() const {
    const std::scoped_lock lock(mutex_);
    std::vector<RegistryEntry> out;
    for (const auto& [name, named] : table_) {
      const auto current = named.current();
      for (auto at = named.versions.begin(); at != named.versions.end(); ++at)
        out.push_back({.name = name, .version = at->first, .current = at == current});
    }
    return out;
  }

 private:
  // On cache lines of its own.
  struct alignas(64) Copy {
    mutable std::mutex mutex;
    Table<PoolHandle> table;
  };

  static constexpr std::size_t kCopies = 16;
  // What a change takes out. It goes when the lock has gone: a pool may end with it, and code of
  // the host's that runs then may ask the registry.
  struct Before {
    std::optional<Registered> pool{};
    std::array<Table<PoolHandle>, kCopies> tables{};
  };

  // With the lock. Nobody who asks from now on finds what is not in the table.
  void publish(Before& before) {
    for (std::size_t i = 0; i < kCopies; ++i) {
      Copy& copy = copies_[i];
      Table<PoolHandle>& table = before.tables[i];
      for (const auto& [name, named] : table_) {
        auto& versions = table[name];
        versions.preferred = named.preferred;
        for (const auto& [version, registered] : named.versions)
          versions.versions.emplace(version, registered.copy());
      }
      const std::scoped_lock lock(copy.mutex);
      copy.table.swap(table);
    }
  }

  Registered* look_up(std::string_view name, const Version& version) {
    const auto named = table_.find(name);
    if (named == table_.end()) return nullptr;
    const auto found = named->second.versions.find(version);
    return found == named->second.versions.end() ? nullptr : &found->second;
  }

  static Error wrong(std::string_view name, const Version& version, std::string_view what) {
    return {Error::Kind::misuse, concat(escape(name), " ", version.to_string(), " ", what)};
  }
  static Error missing(std::string_view name, const Version& version) {
    return wrong(name, version, "is not in the registry");
  }

  mutable std::mutex mutex_;  // of changes
  Table<Registered> table_;
  std::array<Copy, kCopies> copies_;
};

bool wait_for(Farewell& farewell, std::optional<milliseconds> time) {
  std::unique_lock lock(farewell.mutex);
  const auto gone = [&] { return farewell.gone; };
  // Longer than anyone waits, and near enough to be added to a time.
  constexpr milliseconds kLongest = std::chrono::years(1);
  if (time) return farewell.gone_now.wait_for(lock, std::min(*time, kLongest), gone);
  farewell.gone_now.wait(lock, gone);
  return true;
}

RegistryHandle make_registry() { return std::make_shared<RegistryCore>(); }

Result<void> add(RegistryCore& registry, std::string_view name, const Version& version,
                 PoolHandle pool) {
  return registry.add(name, version, std::move(pool));
}
Result<std::shared_ptr<Farewell>> replace(RegistryCore& registry, std::string_view name,
                                          const Version& version, PoolHandle pool) {
  return registry.replace(name, version, std::move(pool));
}
Result<std::shared_ptr<Farewell>> remove(RegistryCore& registry, std::string_view name,
                                         const Version& version) {
  return registry.remove(name, version);
}
Result<void> prefer(RegistryCore& registry, std::string_view name, const Version& version) {
  return registry.prefer(name, version);
}

PoolHandle find(const RegistryCore& registry, std::string_view name) {
  return registry.find(name, [](const auto& named) { return named.current(); });
}
PoolHandle find(const RegistryCore& registry, std::string_view name, const Version& version) {
  return registry.find(name, [&](const auto& named) { return named.versions.find(version); });
}
PoolHandle find(const RegistryCore& registry, std::string_view name,
                const VersionRequirement& requirement) {
  return registry.find(name, [&](const auto& named) {
    const auto& versions = named.versions;
    const auto found = std::find_if(versions.rbegin(), versions.rend(), [&](const auto& one) {
      return requirement.matches(one.first);
    });
    return found == versions.rend() ? versions.end() : std::prev(found.base());
  });
}

std::vector<RegistryEntry> list(const RegistryCore& registry) { return registry.list(); }

}  // namespace mortise::detail
