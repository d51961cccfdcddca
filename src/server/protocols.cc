#include "server/protocols.h"

#include "server/admin/admin.h"
#include "server/cohere/cohere.h"
#include "server/collections/collections.h"
#include "server/console/console.h"
#include "server/dify/dify.h"
#include "server/infinity/infinity.h"
#include "server/jobs/jobs.h"
#include "server/library/library.h"
#include "server/mcp/mcp.h"
#include "server/ollama/ollama.h"
#include "server/open_webui/open_webui.h"
#include "server/openai/openai.h"
#include "server/pages/pages.h"
#include "server/plugin/plugin.h"
#include "server/rerank/rerank.h"
#include "server/search/search.h"
#include "server/tei/tei.h"
#include "server/vector_stores/vector_stores.h"
#include "server/voyage/voyage.h"

namespace rappel {

Protocols make_protocols(const ProtocolContext& context) {
  Protocols protocols;
  protocols.push_back(plugin_protocol(context));
  protocols.push_back(search_protocol(context));
  protocols.push_back(jobs_protocol(context));
  protocols.push_back(mcp_protocol(context));
  protocols.push_back(library_protocol(context));
  protocols.push_back(console_protocol(context));
  protocols.push_back(collections_protocol(context));
  protocols.push_back(admin_protocol(context));
  protocols.push_back(openai_protocol(context));
  protocols.push_back(vector_stores_protocol(context));
  protocols.push_back(tei_protocol(context));
  protocols.push_back(rerank_protocol(context));
  protocols.push_back(cohere_protocol(context));
  protocols.push_back(voyage_protocol(context));
  protocols.push_back(infinity_protocol(context));
  protocols.push_back(ollama_protocol(context));
  protocols.push_back(dify_protocol(context));
  protocols.push_back(open_webui_protocol(context));
  // The last: /openapi.json is made of what the others bring.
  protocols.push_back(pages_protocol(context, protocols));
  return protocols;
}

}  // namespace rappel
