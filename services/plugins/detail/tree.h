// One plugin that runs others, and all that it runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <mortise/runtime/engine.h>
#include <mortise/services/plugins/plugins.h>

namespace mortise::services::detail {

// What all levels share: of one instance of the plugin that was granted this.
class Tree {
 public:
  Tree(const Engine& engine, std::shared_ptr<const PluginsGrant> grant)
      : engine_(engine), grant_(std::move(grant)) {}

  [[nodiscard]] const Engine& engine() const { return engine_; }
  [[nodiscard]] const PluginsGrant& grant() const { return *grant_; }

  // False: there are as many children as there may be.
  bool add_child() {
    if (children_.fetch_add(1) < grant_->children) return true;
    children_.fetch_sub(1);
    return false;
  }
  void remove_child() { children_.fetch_sub(1); }

 private:
  const Engine& engine_;
  std::shared_ptr<const PluginsGrant> grant_;
  std::atomic<std::uint32_t> children_ = 0;
};

// One of the children that there may be.
class Place {
 public:
  static std::optional<Place> take(std::shared_ptr<Tree> tree) {
    if (!tree->add_child()) return std::nullopt;
    return Place(std::move(tree));
  }
  Place(Place&&) noexcept = default;
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (tree_) tree_->remove_child();
  }

  [[nodiscard]] const std::shared_ptr<Tree>& tree() const { return tree_; }

 private:
  explicit Place(std::shared_ptr<Tree> tree) : tree_(std::move(tree)) {}

  std::shared_ptr<Tree> tree_;
};

}  // namespace mortise::services::detail
