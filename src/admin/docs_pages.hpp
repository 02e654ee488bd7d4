// The pages of the control API's document: /docs is Swagger UI, /redoc is ReDoc, both from the
// program itself. Pure; any thread.
#pragma once
#include <string_view>

#include "admin/control_request.hpp"

namespace apiforge::admin {

/// Whether a canonical path is answered by `answer_docs`, be it with 404.
bool is_docs_path(std::string_view path);

/// The page or a file of it, compressed for those who take gzip; 304 for the `ETag` that the caller
/// has. The pages may load and call nothing but this node (Content-Security-Policy).
ControlReply answer_docs(const ControlRequest& request);

}  // namespace apiforge::admin
