// The sheets of an ODS spreadsheet from the events of content.xml, in memory that does not grow with them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "extractor/office/sheet_rows.h"
#include "extractor/xml/xml_events.h"
#include "ingest/content/content.h"

namespace rappel::extractor {

class OdsEvents final : public XmlEvents {
 public:
  explicit OdsEvents(ContentSink& sink) : sink_(sink) {}

  Status start(std::string_view name, const XmlAttributes& attributes) override;
  Status end(std::string_view name) override;
  Status text(std::string_view text) override;
  // Gives what was held back, also where the file breaks off.
  Status finish();
  // The failure of the sink, if it refused a block.
  const Status& refused() const { return refused_; }

 private:
  enum class Target { kNone, kCell, kComment, kShape };

  Status start_table(const XmlAttributes& attributes);
  Status end_table();
  void start_cell(const XmlAttributes& attributes);
  int copies_of(std::size_t bytes, int repeats);
  void end_cell();
  Status end_row();
  Status end_paragraph();
  Target target() const;

  ContentSink& sink_;
  Status refused_;
  std::optional<SheetRows> rows_;
  std::set<std::string, std::less<>> hidden_styles_;
  std::string style_;
  int tables_ = 0, shapes_ = 0, deleted_ = 0;
  bool in_cell_ = false, in_comment_ = false, in_paragraph_ = false, in_creator_ = false;

  std::uint32_t row_ = 1, column_ = 0;
  int row_repeats_ = 1, cell_repeats_ = 1;
  std::vector<SheetCell> cells_;
  bool is_text_ = false;
  std::string value_;      // of the cell, where it has no text
  std::string paragraph_;  // being read
  std::string cell_, comment_, creator_;
  std::vector<std::string> shape_texts_;
  std::size_t cell_count_ = 0, repeated_ = 0;
};

}  // namespace rappel::extractor
