// Rows of table `origins`: the files that documents came from (store/file_origin.h). A row goes with its
// document.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "store/file_origin.h"

namespace rappel::sqlite {

class Connection;
class Statement;

// The columns of an origin without its document, in the order in which read_origin() reads them, from
// `column` on.
inline constexpr std::string_view kOriginColumns = "path, name, content, settings, fingerprint";
FileOrigin read_origin(const Statement& select, int column);

// Replaces the row of that document and path.
Status write_origin(Connection& db, std::int64_t doc, const FileOrigin& origin);
Status remove_origin(Connection& db, std::int64_t doc, std::string_view path);
Status remove_origins(Connection& db, std::int64_t doc);
// In the order of the paths.
Result<std::vector<FileOrigin>> read_origins(Connection& db, std::int64_t doc);

// As the methods of OriginStore.
Result<std::vector<FileOrigin>> origins_of(Connection& db, std::string_view id);
Result<std::vector<KnownFile>> files_at(Connection& db, std::string_view path);
Result<std::vector<KnownFile>> files_with(Connection& db, std::string_view content);
Result<std::vector<KnownFile>> files_below(Connection& db, std::string_view folder, const KnownFile* after,
                                           std::size_t limit);
Status visit_fingerprints(Connection& db, const std::function<void(std::uint64_t, std::string_view)>& visit);

}  // namespace rappel::sqlite
