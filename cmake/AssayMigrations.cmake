# As a script (cmake -P): writes the C++ of one migration set. As a module: assay_embed_migrations().
if(CMAKE_SCRIPT_MODE_FILE)
  set(body "")
  string(REPLACE "|" ";" files "${FILES}")
  foreach(file IN LISTS files)
    get_filename_component(base "${file}" NAME)
    if(NOT base MATCHES "^0*([0-9]+)_([a-z0-9_]+)\\.sql$")
      message(FATAL_ERROR "${base}: a migration is named 0001_what.sql")
    endif()
    set(version "${CMAKE_MATCH_1}")
    set(name "${CMAKE_MATCH_2}")
    file(READ "${file}" sql)
    string(APPEND body "      {${version}, \"${name}\", R\"assay_sql(${sql})assay_sql\"},\n")
  endforeach()
  file(WRITE "${OUTPUT}" "#include \"assay/${NAMESPACE}/migrations.h\"

namespace assay::${NAMESPACE} {

const std::vector<runtime::Migration>& Migrations() {
  static const std::vector<runtime::Migration> migrations = {
${body}  };
  return migrations;
}

}  // namespace assay::${NAMESPACE}
")
  return()
endif()

set(ASSAY_MIGRATIONS_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

# assay_embed_migrations(<target> <namespace> <file>...): adds assay::<namespace>::Migrations() to <target>, declared in
# "assay/<namespace>/migrations.h". The files, in order of version, may come from several directories.
function(assay_embed_migrations target namespace)
  set(paths)
  foreach(file ${ARGN})
    get_filename_component(path ${file} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND paths ${path})
  endforeach()
  set(root ${CMAKE_BINARY_DIR}/gen/assay/${namespace})
  file(CONFIGURE OUTPUT ${root}/migrations.h @ONLY CONTENT
"#pragma once

#include <vector>

#include \"services/runtime/db/migrate.h\"

namespace assay::@namespace@ {

// The schema of this service, first step first.
const std::vector<runtime::Migration>& Migrations();

}  // namespace assay::@namespace@
")
  string(REPLACE ";" "|" joined "${paths}")
  add_custom_command(
    OUTPUT ${root}/migrations.cc
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${root}/migrations.cc -DNAMESPACE=${namespace} "-DFILES=${joined}"
            -P ${ASSAY_MIGRATIONS_SCRIPT}
    DEPENDS ${paths} ${ASSAY_MIGRATIONS_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${root}/migrations.cc)
  target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR}/gen)
endfunction()
