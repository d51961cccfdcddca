// The functions of GMime and GLib that are used, found with dlopen: few files are mails, and the twenty
// libraries that GMime needs would make every process that reads a file dearer. Only mail_tree.cc calls them.
#pragma once

#include <gmime/gmime.h>

namespace rappel::extractor {

#define RAPPEL_GMIME_FUNCTIONS(X)          \
  X(g_mime_init)                           \
  X(g_mime_object_get_header_list)         \
  X(g_mime_header_list_get_count)          \
  X(g_mime_header_list_get_header_at)      \
  X(g_mime_header_get_raw_value)           \
  X(g_mime_header_get_name)                \
  X(g_mime_object_get_content_type)        \
  X(g_mime_content_type_get_media_type)    \
  X(g_mime_content_type_get_media_subtype) \
  X(g_mime_stream_mem_get_byte_array)      \
  X(g_mime_part_get_content)               \
  X(g_mime_data_wrapper_get_encoding)      \
  X(g_mime_data_wrapper_write_to_stream)   \
  X(g_mime_stream_mem_new)                 \
  X(g_mime_stream_mem_new_with_buffer)     \
  X(g_mime_message_part_get_message)       \
  X(g_mime_object_write_to_stream)         \
  X(g_mime_multipart_get_type)             \
  X(g_mime_multipart_get_count)            \
  X(g_mime_multipart_get_part)             \
  X(g_mime_message_part_get_type)          \
  X(g_mime_part_get_type)                  \
  X(g_mime_message_get_mime_part)          \
  X(g_mime_parser_new_with_stream)         \
  X(g_mime_parser_set_format)              \
  X(g_mime_parser_construct_message)       \
  X(g_mime_parser_eos)                     \
  X(g_mime_utils_header_decode_date)       \
  X(g_object_unref)                        \
  X(g_type_check_instance_is_a)            \
  X(g_date_time_format)                    \
  X(g_date_time_unref)                     \
  X(g_free)

struct GMimeLibrary {
#define RAPPEL_GMIME_MEMBER(name) decltype(&::name) name = nullptr;
  RAPPEL_GMIME_FUNCTIONS(RAPPEL_GMIME_MEMBER)
#undef RAPPEL_GMIME_MEMBER
};

// Opens and initializes the library at the first call; later calls return the same answer. Null: it is not
// installed.
const GMimeLibrary* gmime_library();

}  // namespace rappel::extractor
