// Lines of Markdown: the block that a line begins, by CommonMark and its tables (GFM). Pure functions; a line
// has no line end.
#pragma once

#include <cstddef>
#include <string_view>

namespace rappel::markdown {

std::string_view trim(std::string_view line);
// 1 to 6 for "# Title"; else 0.
int heading_level(std::string_view line);
// Without the signs of "## Title ##".
std::string_view heading_text(std::string_view line);
// A line of nothing but this sign, `least` times or more.
bool is_line_of(std::string_view line, char sign, std::size_t least);
// "* * *"
bool is_rule(std::string_view line);
bool is_list_item(std::string_view line);
// Signs of a code fence at the start of the line; 0 if there is none.
std::size_t fence_of(std::string_view line);
// "|---|:--:|"
bool is_table_rule(std::string_view line);

}  // namespace rappel::markdown
