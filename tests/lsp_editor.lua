-- What a writer does in Neovim with a story; each step's result is a line of JSON in $OUT. Set up as engine/edit/README.md says.
local out = io.open(os.getenv("OUT"), "w")
local function tell(step, value)
  out:write(vim.fn.json_encode({ step = step, value = value }), "\n")
  out:flush()
end
local function wait(condition)
  return vim.wait(60000, condition, 20)
end
local function lines()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end
local function go(what, more)
  vim.fn.cursor(1, 1)
  vim.fn.search(what, "cW")
  vim.cmd("normal! " .. (more or 0) .. "l")
end
local function codes()
  return vim.tbl_map(function(d) return d.code end, vim.diagnostic.get(0))
end

local frumious
vim.api.nvim_create_autocmd("FileType", { pattern = "yaml", callback = function(args)
  frumious = frumious or vim.lsp.start_client({ name = "frumious", cmd = { os.getenv("PROGRAM"), "lsp" }, root_dir = vim.fn.getcwd() })
  vim.lsp.buf_attach_client(args.buf, frumious)
end })

vim.cmd("filetype on")
vim.cmd("edit story.yaml")
tell("a mistake is shown", wait(function() return #vim.diagnostic.get(0) > 0 end) and codes())

vim.ui.select = function(items, _, choose) choose(items[1]) end
go("goto: tow", 6)
vim.lsp.buf.code_action()
wait(function() return not lines():find("tow") end)
tell("its advice is taken", lines():find("goto: two") ~= nil)
tell("and the mistake is gone", wait(function() return #vim.diagnostic.get(0) == 0 end))

go("default: open", 9)
vim.cmd("normal! D")
vim.bo.omnifunc = "v:lua.vim.lsp.omnifunc"
local params = vim.lsp.util.make_position_params()
params.position.character = params.position.character + 1
local found = vim.lsp.buf_request_sync(0, "textDocument/completion", params, 60000)
local _, answer = next(found or {})
tell("what can be typed", vim.tbl_map(function(i) return i.label end, answer and answer.result and answer.result.items or {}))
vim.cmd("normal! aopen")

go("goto: two", 6)
vim.lsp.buf.definition()
tell("to another file", wait(function() return vim.fn.expand("%:t") == "more.yaml" end) and vim.fn.getline("."))
vim.lsp.buf.rename("zwei")
wait(function() return lines():find("zwei:") ~= nil end)
vim.cmd("silent! wall!")
tell("renamed there", lines())
vim.cmd("edit story.yaml")
vim.cmd("silent! wall!")
tell("and here", lines())

go("^  one:", 3)
local hover = vim.lsp.buf_request_sync(0, "textDocument/hover", vim.lsp.util.make_position_params(), 60000)
local _, told = next(hover or {})
tell("hover", told and told.result and told.result.contents.value)
local symbols = vim.lsp.buf_request_sync(0, "textDocument/documentSymbol", { textDocument = vim.lsp.util.make_text_document_params() }, 60000)
local _, outline = next(symbols or {})
tell("outline", vim.tbl_map(function(i) return i.name end, outline and outline.result or {}))

vim.api.nvim_buf_set_lines(0, -1, -1, false, { "", "", "", "# the end" })
vim.lsp.buf.formatting_sync(nil, 60000)
tell("laid out", lines():find("\n\n\n") == nil and lines():find("# the end") ~= nil)
vim.lsp.stop_client(frumious)
vim.cmd("qa!")
