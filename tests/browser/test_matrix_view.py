from attention_tab import AttentionTab

AT = {"run": "pair", "tag": "strong", "view": "matrix", "layer": 1, "head": 2}


def test_cells(tab: AttentionTab) -> None:
    tab.open(**AT)
    print(tab.things()[:10], tab.state)
    print(tab.colour(tab.place(**{"from": 2, "to": 5})))
    tab.browser.save_screenshot("/tmp/h/m.png")
    print(tab.hover(tab.place(**{"from": 2, "to": 5})))
    tab.browser.save_screenshot("/tmp/h/m2.png")
