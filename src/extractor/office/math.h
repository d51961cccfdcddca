// Office MathML as one line of text: "x^2", "(a+b)/c", "√(x)".
#pragma once

#include <string>

#include "extractor/office/xml.h"

namespace rappel::extractor {

std::string math_text(XmlNode node);

}  // namespace rappel::extractor
