#include "access/principal.h"

#include <algorithm>
#include <utility>

namespace rappel {
namespace {

constexpr Scope kScopes[] = {Scope::kRead, Scope::kWrite, Scope::kAdmin};

}  // namespace

std::string_view scope_name(Scope scope) {
  switch (scope) {
    case Scope::kRead: return "read";
    case Scope::kWrite: return "write";
    case Scope::kAdmin: break;
  }
  return "admin";
}

Result<Scope> parse_scope(std::string_view name) {
  for (const Scope scope : kScopes)
    if (scope_name(scope) == name) return scope;
  return Status(Code::kInvalidArgument,
                "unknown scope \"" + std::string(name) + "\": use read, write or admin");
}

void Scopes::add(Scope scope) {
  switch (scope) {
    case Scope::kRead: read = true; break;
    case Scope::kWrite: write = true; break;
    case Scope::kAdmin: admin = true; break;
  }
}

bool Scopes::has(Scope scope) const {
  switch (scope) {
    case Scope::kRead: return read || admin;
    case Scope::kWrite: return write || admin;
    case Scope::kAdmin: break;
  }
  return admin;
}

Result<Scopes> parse_scopes(std::string_view names) {
  Scopes scopes;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(','), names.size());
    RAPPEL_ASSIGN(const Scope scope, parse_scope(names.substr(0, end)));
    scopes.add(scope);
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  if (scopes.empty())
    return Status(Code::kInvalidArgument, "no scope is given: use read, write or admin, joined by commas");
  return scopes;
}

std::string scopes_text(const Scopes& scopes) {
  std::string text;
  for (const Scope scope : kScopes) {
    const bool given = scope == Scope::kRead    ? scopes.read
                       : scope == Scope::kWrite ? scopes.write
                                                : scopes.admin;
    if (given) text += (text.empty() ? "" : ",") + std::string(scope_name(scope));
  }
  return text;
}

bool Principal::has_collection(std::string_view collection) const {
  return collections.empty() ||
         std::find(collections.begin(), collections.end(), collection) != collections.end();
}

PrincipalPtr admin_principal() {
  static const PrincipalPtr admin = [] {
    Principal principal{.name = "admin", .id = "", .scopes = {}};
    principal.scopes.add(Scope::kAdmin);
    return std::make_shared<const Principal>(std::move(principal));
  }();
  return admin;
}

}  // namespace rappel
