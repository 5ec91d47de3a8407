#include <mortise/runtime/detail/missing.h>

#include <algorithm>
#include <utility>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/error_body.h>

namespace mortise::detail {

namespace {
constexpr std::size_t kShown = 20;
}

void Missing::add(std::string_view interface, std::string_view item,
                  const std::function<std::string()>& others) {
  const bool is_first = count_ == 0 || interface != last_;
  last_ = interface;
  if (is_first) {
    std::string grant = gate_.how_to_grant ? gate_.how_to_grant(interface) : std::string();
    if (grant.empty())
      ungranted_ = true;
    else if (grants_.size() < kShown && std::ranges::find(grants_, grant) == grants_.end())
      grants_.push_back(std::move(grant));
  }
  if (++count_ > kShown) return;
  const std::string place = interface.empty() ? std::string() : concat(escape(interface), ": ");
  lines_ += concat("\n  import ", place, escape(item));
  if (is_first && others) lines_ += others();
}

Error Missing::error(std::string_view plugin, std::string_view advice,
                     std::string_view host_advice) const {
  std::string message = concat(plugin, " imports what this host does not provide", lines_);
  if (count_ > kShown) message += concat("\n  and ", count_ - kShown, " more");
  for (const std::string& grant : grants_) message += concat("\n  ", grant);
  if (!ungranted_) return {Error::Kind::denied, std::move(message)};
  message += advice;
  return advised_error(Error::Kind::denied, std::move(message), host_advice);
}

}  // namespace mortise::detail
