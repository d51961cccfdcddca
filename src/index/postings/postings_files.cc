#include "index/postings/postings_files.h"

#include <vector>

#include "index/section_file.h"

namespace rappel {
namespace {

enum PostingsSection : std::uint32_t {
  kRules = 1,
  kTerms = 2,
  kSlots = 3,
  kImpacts = 4,
  kArrays = 5,
  kRows = 6,
  kNames = 7,
  kNameStarts = 8
};

template <class T>
Status point_to(const Sections& sections, PostingsSection id, std::span<const T>& to) {
  const std::size_t count = sections.bytes(id) / sizeof(T);
  RAPPEL_ASSIGN(const T* const values, sections.values<T>(id, count));
  to = {values, count};
  return {};
}

// Terms are in memory, because they say where postings are: the file may change after it was checked.
struct Mapped {
  std::shared_ptr<const MappedFile> file;
  std::vector<PostingsTerm> terms;
};

}  // namespace

std::string write_postings(const PostingsBlock& block, std::string_view rules) {
  const PostingsArrays& arrays = block.arrays();
  const Section sections[] = {section_of(kRules, std::span<const char>(rules)),
                              section_of(kTerms, arrays.terms),
                              section_of(kSlots, arrays.slots),
                              section_of(kImpacts, arrays.impacts),
                              section_of(kArrays, arrays.arrays),
                              section_of(kRows, arrays.rows),
                              section_of(kNames, arrays.names.bytes),
                              section_of(kNameStarts, arrays.names.starts)};
  return write_sections(IndexFileKind::kPostings, sections);
}

Result<std::shared_ptr<const PostingsBlock>> map_postings(std::shared_ptr<const MappedFile> file,
                                                          std::string_view rules) {
  const std::string_view content(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
  RAPPEL_ASSIGN(const Sections sections, Sections::parse(content, IndexFileKind::kPostings));
  std::string written(sections.bytes(kRules), '\0');
  RAPPEL_TRY(sections.copy(kRules, written.data(), written.size()));
  if (written != rules) return Status(Code::kCorrupt, "an index file has terms of other rules");
  auto owner = std::make_shared<Mapped>();
  PostingsArrays arrays;
  RAPPEL_TRY(point_to(sections, kTerms, arrays.terms));
  RAPPEL_TRY(point_to(sections, kSlots, arrays.slots));
  RAPPEL_TRY(point_to(sections, kImpacts, arrays.impacts));
  RAPPEL_TRY(point_to(sections, kArrays, arrays.arrays));
  RAPPEL_TRY(point_to(sections, kRows, arrays.rows));
  RAPPEL_TRY(point_to(sections, kNames, arrays.names.bytes));
  RAPPEL_TRY(point_to(sections, kNameStarts, arrays.names.starts));
  if (arrays.rows.empty()) return damaged_index_file("no rows");
  owner->terms.assign(arrays.terms.begin(), arrays.terms.end());
  arrays.terms = owner->terms;
  owner->file = file;
  auto block = std::make_shared<const PostingsBlock>(arrays, std::move(owner), file);
  RAPPEL_TRY(block->check());
  file->release(file->bytes());
  return block;
}

}  // namespace rappel
