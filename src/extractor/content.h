// Moved.
#pragma once
#include "ingest/content/content.h"
