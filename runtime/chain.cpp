#include <mortise/runtime/chain.h>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/error_body.h>

namespace mortise::detail {

std::optional<Error> chain_over(std::string_view member, const ChainOptions& options,
                                std::optional<std::chrono::steady_clock::time_point> until) {
  if (options.stop.stop_requested())
    return Error(Error::Kind::cancelled,
                 concat(escape(member), " was not asked: the chain was cancelled"));
  if (!until || std::chrono::steady_clock::now() < *until) return std::nullopt;
  return limit_error(Error::Limit::deadline,
                     concat(escape(member), " was not asked: the chain's deadline of ",
                            options.deadline->count(), " ms had passed"),
                     "ChainOptions::deadline");
}

bool is_skipped(const Error& error, ChainOptions::OnFailure on_failure) {
  if (on_failure != ChainOptions::OnFailure::skip_unavailable)
    return on_failure == ChainOptions::OnFailure::skip;
  return error.kind() == Error::Kind::quarantined || error.kind() == Error::Kind::overloaded;
}

}  // namespace mortise::detail
