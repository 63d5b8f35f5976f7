/*
 * digest: tells whether what lies over a frame must be drawn again, without drawing it. A pure function of a view.
 */
#pragma once

#include "present/view.h"

#include <stdint.h>

/* Of everything but the frame: equal numbers, equal pixels. Times count only while something moves. */
uint64_t digest_overlay(const struct view *v);
