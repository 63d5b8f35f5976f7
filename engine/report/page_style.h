/* page_style: the style sheet of the HTML report: light, dark, and on paper. A constant. */
#pragma once

extern const char page_style[];
