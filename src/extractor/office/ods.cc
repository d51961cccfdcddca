#include "extractor/office/ods.h"

#include "extractor/office/odf.h"
#include "extractor/office/ods_events.h"

namespace rappel::extractor {

Status read_ods(const Source& source, ContentSink& sink) {
  RAPPEL_ASSIGN(const Package package, open_odf(source, sink));
  const std::string* content = package.find("content.xml");
  if (content == nullptr)
    return Status(Code::kInvalidArgument,
                  "the spreadsheet has no sheets; open it in its program and save it again");
  RAPPEL_TRY(give_odf_properties(package, sink));
  OdsEvents events(sink);
  const Status status = read_xml_events(*content, events);
  RAPPEL_TRY(events.refused());
  if (!status.ok()) RAPPEL_TRY(sink.warning(status.message()));
  // After too many cells there may be one row left.
  const Status finished = events.finish();
  return events.refused().ok() ? Status() : finished;
}

}  // namespace rappel::extractor
