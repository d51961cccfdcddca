// Systems where a process cannot be bound to the life of the one that forked it.
#include "extractor/zygote.h"

namespace rappel::extractor {

int serve_as_zygote(const std::function<int()>&) { return 2; }

}  // namespace rappel::extractor
