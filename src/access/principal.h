// Principal: the holder of a token, with all that the token allows.
//
// It is made when the server reads its tokens and never changes: a request keeps the one that it came with.
// A request without a principal may do nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/rate.h"
#include "base/status.h"
#include "store/filter.h"

namespace rappel {

// Each is given by itself: a token that may only write cannot search. kAdmin includes the others.
enum class Scope { kRead, kWrite, kAdmin };

std::string_view scope_name(Scope scope);  // "read"
Result<Scope> parse_scope(std::string_view name);

struct Scopes {
  bool read = false, write = false, admin = false;

  void add(Scope scope);
  bool has(Scope scope) const;
  bool empty() const { return !read && !write && !admin; }
  bool operator==(const Scopes&) const = default;
};
// "read,write".
Result<Scopes> parse_scopes(std::string_view names);
std::string scopes_text(const Scopes& scopes);

struct Principal {
  std::string name;  // "admin" for the tokens of BEARER_TOKEN, else the name that `rappel token add` gave
  std::string id;    // of the token: a name can be given again, an id cannot. "" for BEARER_TOKEN
  Scopes scopes;
  // The documents that exist for this principal (bound_store.h).
  Filter bound = {};
  std::optional<std::int64_t> expires_at = {};  // seconds since 1970; from then on the token is unknown
  std::optional<Rate> max_rate = {};
  std::optional<std::size_t> max_body = {};  // bytes of a request
  // The collections that exist for this principal (server/principal_collections.h); none: all of them.
  std::vector<std::string> collections = {};

  // Sees a part of the documents alone.
  bool is_limited() const { return is_bound() || !collections.empty(); }
  // May see and change what other tokens have made: an administrator without such a limit.
  bool sees_all() const { return scopes.admin && !is_limited(); }
  // Whether the collection, "default" included, may exist for this principal.
  bool has_collection(std::string_view collection) const;
  bool is_bound() const { return bound.op != Filter::Op::kAll; }
  bool is_expired(std::int64_t now) const { return expires_at && now >= *expires_at; }
};

using PrincipalPtr = std::shared_ptr<const Principal>;

// A token of its holder, as the server keeps it.
struct KnownToken {
  std::string digest;  // SHA-256, hexadecimal
  PrincipalPtr principal;
};

// The holder of BEARER_TOKEN, and everyone on a server without tokens: may do everything.
PrincipalPtr admin_principal();

}  // namespace rappel
