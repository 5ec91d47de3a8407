// What a component asks of its host, in words.
#pragma once

#include <string>
#include <vector>

#include <mortise/contract/model.h>

namespace mortise::cli {

// One line for each thing: "the time (wasi:clocks)", "acme:shop/store: 3 functions of the host's".
// One that says so, where it asks for nothing. Safe to print.
std::vector<std::string> asks(const contract::Contract&);

}  // namespace mortise::cli
