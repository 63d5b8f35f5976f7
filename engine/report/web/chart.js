// What the charts share: a drawing that scales with its column, and d3's axes.
import { axisBottom, axisLeft } from "d3-axis";
import { select } from "d3-selection";

// The figure's drawing, emptied, as a d3 selection. `box`: {left, top, width, height, right, bottom}, of which width
// and height are the plot's own, the others the room around it.
export function emptyDrawing(figure, box, label) {
  const drawing = select(figure).selectChildren("svg").data([box]).join("svg");
  drawing.selectChildren().remove();
  return drawing
    .attr("viewBox", `0 0 ${box.left + box.width + box.right} ${box.top + box.height + box.bottom}`)
    .attr("role", "img")
    .attr("aria-label", label);
}

export const plot = (drawing) => drawing.append("g").attr("aria-hidden", "true");

// Per cent from below upwards, with a line across the plot at each quarter.
export function shareAxis(group, y, box) {
  group
    .append("g")
    .attr("class", "axis")
    .attr("transform", `translate(${box.left} 0)`)
    .call(
      axisLeft(y)
        .tickValues([0, 0.25, 0.5, 0.75, 1])
        .tickSize(-box.width)
        .tickPadding(6)
        .tickFormat((share) => `${share * 100} %`),
    );
}

// From left to right, below the plot; `words` stand below the numbers.
export function bottomAxis(group, x, box, { values, text, words }) {
  const axis = group
    .append("g")
    .attr("class", "axis")
    .attr("transform", `translate(0 ${box.top + box.height})`)
    .call(axisBottom(x).tickValues(values).tickSize(0).tickPadding(7).tickFormat(text));
  axis
    .append("text")
    .attr("class", "words")
    .attr("x", box.left + box.width / 2)
    .attr("y", 33)
    .attr("text-anchor", "middle")
    .text(words);
}
