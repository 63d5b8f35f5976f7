/*
 * page_script: the script of the HTML report, telemetry/report/ bundled with the libraries that it needs. ASCII. A
 * constant, made by the build; empty where there was no npm: then the report is a page without a script.
 */
#pragma once

#include <stddef.h>

extern const unsigned char page_script[];
extern const size_t page_script_size;
