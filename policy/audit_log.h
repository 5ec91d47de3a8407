// Where it is kept what plugins were refused: a file of JSON, a line for each.
//
//   {"time":"2026-01-31T12:00:00.123Z","plugin":"pricing","service":"keyvalue",
//    "what":"to write to the bucket `prices`, which is read-only"}     (on one line)
//
// A line is written at once, behind what is there, so that a process that is killed leaves whole
// lines, and one that was cut by a loss of power does not spoil the next. A plugin cannot fill the
// disk: of each so many lines a second are written, and the next line that is has in `dropped` how
// many were not; and the file has a size.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <mortise/policy/policy.h>
#include <mortise/runtime/result.h>
#include <mortise/services/denial.h>

namespace mortise {

// Safe on any number of threads; copies are the same one. Processes may share a file.
class AuditLog {
 public:
  // The file is made if it is not there, for its owner alone. Error: io.
  [[nodiscard]] static Result<AuditLog> open(AuditFile);

  // `plugin` is whose rate it counts for: the one that was loaded, where `denial.plugin` is a child
  // of it.
  void write(std::string_view plugin, const services::Denial& denial) const;

  // Lines that there was no room or no leave to write.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  struct State;
  explicit AuditLog(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace mortise
