// The properties of a message, a receiver or an attachment in a file of Outlook ([MS-OXPROPS]).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "extractor/office/compound_file.h"

namespace rappel::extractor {

class OutlookProperties {
 public:
  enum class Owner { kMessage, kInnerMessage, kOther };
  // `file` must outlive it.
  OutlookProperties(const CompoundFile& file, std::size_t storage, Owner owner);

  // UTF-8; of types of 8 bits in the message's `encoding`. "" if absent.
  std::string text(std::uint16_t id, const std::string& encoding = "") const;
  // As stored; "" if absent.
  std::string bytes(std::uint16_t id) const;
  // Values of at most 8 bytes; 0 if absent.
  std::uint64_t number(std::uint16_t id) const;
  // The storage with the object, if it is one.
  std::optional<std::size_t> object(std::uint16_t id) const;

  const std::vector<std::size_t>& receivers() const { return receivers_; }
  const std::vector<std::size_t>& attachments() const { return attachments_; }

 private:
  struct Stream {
    std::uint16_t type;
    std::size_t entry;
  };
  const CompoundFile& file_;
  std::map<std::uint16_t, Stream> streams_;
  std::map<std::uint16_t, std::uint64_t> numbers_;
  std::vector<std::size_t> receivers_, attachments_;
};

}  // namespace rappel::extractor
