// SVG drawings with bars, lines and texts, for charts. Coordinates are pixels from the top left corner.
#pragma once

#include <string>
#include <string_view>

namespace rappel {

class SvgDrawing {
 public:
  SvgDrawing(double width, double height);  // on white

  // `attributes`: further ones, " font-size=\"15\"".
  void text(double x, double y, std::string_view words, std::string_view attributes = "");
  void line(double x1, double y1, double x2, double y2, std::string_view colour);
  void bar(double x, double y, double width, double height, std::string_view colour);

  // The drawing so far as a whole file.
  std::string file() const { return out_ + "</svg>\n"; }

 private:
  std::string out_;
};

}  // namespace rappel
