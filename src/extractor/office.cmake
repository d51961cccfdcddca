# rappel-extract-office. Where static libraries are installed it has no other: each mapping of a shared library, and each
# page of it that a child touches, is a part of the cost of every file.
add_executable(rappel-extract-office office_main.cc office/no_archive_library.cc)

set(office_libraries pugixml expat z)
if(DEFLATE_FOUND)
  list(APPEND office_libraries deflate)
endif()
set(office_archives "")
foreach(library ${office_libraries})
  find_library(RAPPEL_STATIC_${library} ${CMAKE_STATIC_LIBRARY_PREFIX}${library}${CMAKE_STATIC_LIBRARY_SUFFIX})
  mark_as_advanced(RAPPEL_STATIC_${library})
  list(APPEND office_archives ${RAPPEL_STATIC_${library}})
endforeach()

include(CheckCXXSourceCompiles)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT RAPPEL_SANITIZE AND NOT office_archives MATCHES "NOTFOUND")
  set(CMAKE_REQUIRED_LINK_OPTIONS -static-pie)
  check_cxx_source_compiles("#include <string>\nint main(int n, char** a) { return static_cast<int>(std::string(a[0]).size()) + n; }"
                            RAPPEL_LINKS_STATICALLY)
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
endif()

if(RAPPEL_LINKS_STATICALLY)
  # The archives alone: as targets they bring the shared libraries of all other readers.
  set(modules rappel_extractor rappel_ingest rappel_codec rappel_base)
  add_dependencies(rappel-extract-office ${modules})
  list(TRANSFORM modules REPLACE "(.+)" "$<TARGET_FILE:\\1>")
  target_link_libraries(rappel-extract-office PRIVATE rappel_flags -Wl,--start-group ${modules} -Wl,--end-group ${office_archives})
  # Code begins a huge page and has no data beside it that is written (kernel/huge_text.h). Constants are in its pages.
  target_link_options(rappel-extract-office PRIVATE -static-pie LINKER:--gc-sections LINKER:-z,max-page-size=2097152
                      $<IF:$<BOOL:${RAPPEL_MOLD}>,LINKER:--no-rosegment,LINKER:-z$<COMMA>noseparate-code>)
else()
  target_link_libraries(rappel-extract-office PRIVATE rappel_extractor)
endif()
