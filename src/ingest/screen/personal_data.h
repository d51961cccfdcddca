// Personal data and secrets in a text, found by rules: no model, no network. Rules find what has a form, not
// names or addresses of people, and a number may look like what it is not.
//
//   e-mail   name@host.tld
//   phone    international (+..) with 8 to 15 digits, or a number in groups after a word for it (tel, mobile)
//   IBAN     a country and its check digits (ISO 13616, remainder 97)
//   card     13 to 19 digits of a known issuer that pass the Luhn test
//   secret   keys of known forms (AKIA.., ghp_.., sk-.., private keys), and values after words for them
//            (password:, api_key=)
//
// Linear in the text. Matches are ASCII, so a redacted text has the same length and the same offsets. Pure
// functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rappel {

enum class PersonalKind { kEmail, kPhone, kIban, kCard, kSecret };

struct PersonalData {
  PersonalKind kind = PersonalKind::kEmail;
  std::size_t begin = 0, end = 0;  // half-open range of bytes
};

// In the order of the text, without overlaps.
std::vector<PersonalData> find_personal_data(std::string_view text);

// "2 e-mail addresses, 1 IBAN"; "" for none.
std::string summary_of(const std::vector<PersonalData>& found);

// Each match becomes as many '*'.
void redact(const std::vector<PersonalData>& found, std::string& text);

}  // namespace rappel
