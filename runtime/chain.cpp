#include <mortise/runtime/chain.h>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/error_body.h>

namespace mortise::detail {

Error chain_deadline_passed(std::string_view member, std::chrono::milliseconds deadline) {
  return limit_error(Error::Limit::deadline,
                     concat(escape(member), " was not asked: the chain's deadline of ",
                            deadline.count(), " ms had passed"),
                     "ChainOptions::deadline");
}

bool is_skipped(const Error& error, ChainOptions::OnFailure on_failure) {
  if (on_failure != ChainOptions::OnFailure::skip_unavailable)
    return on_failure == ChainOptions::OnFailure::skip;
  return error.kind() == Error::Kind::quarantined || error.kind() == Error::Kind::overloaded;
}

}  // namespace mortise::detail
