// Cuts a list of texts into forward passes: longest first, each pass within a budget of tokens.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace rappel {

// Every index of `lengths` once. Texts of like length come together; a text longer than the budget is a pass of its own.
std::vector<std::vector<std::size_t>> plan_batches(std::span<const std::size_t> lengths, std::size_t token_budget);

}  // namespace rappel
