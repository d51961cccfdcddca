// Gives an older database the seals of its pages (page_seal.h): every page is written again.
#pragma once

#include <filesystem>
#include <functional>

#include "base/status.h"

namespace rappel::sqlite {

class Connection;

// The file beside the database that an upgrade fills and removes. One that a crash left is overwritten.
std::filesystem::path sealed_copy_file(const std::filesystem::path& database);

// A file of this name is removed, with its journals, now and at the end.
struct CopyFile {
  explicit CopyFile(std::filesystem::path file);
  ~CopyFile();
  CopyFile(const CopyFile&) = delete;
  CopyFile& operator=(const CopyFile&) = delete;
  const std::filesystem::path path;
};

// Creates the empty file of a copy, for its owner alone.
Status make_copy_file(const std::filesystem::path& copy);

// Replaces all pages of `to` with those of `from`, in one transaction. Neither has one open.
Status copy_pages(Connection& from, Connection& to);

// A compact copy of the database in a file that is not there yet, for its owner alone. Not in a transaction.
Status vacuum_into(Connection& db, const std::filesystem::path& copy);

// Copies the database into that file, changes the copy with `migrate` in one transaction, and copies the
// result back in one transaction: the database is as before or wholly upgraded. `db` holds the database for
// itself alone and has no open transaction. Needs twice the size of the database on its disk.
Status rewrite_sealed(Connection& db, const std::function<Status(Connection&)>& migrate,
                      const std::function<void()>& before_commit);

}  // namespace rappel::sqlite
