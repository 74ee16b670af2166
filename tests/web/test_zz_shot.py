from tests.web.test_desk_in_browser import *
from tests.web.test_desk_in_browser import here, browser
import statistics
def test_shots(browser, here):
    here.opened.store.add_correction(here.digests[1], "stance", "agree", "the speaker")
    here.opened.store.add_correction(here.digests[1], "choice", "both", "dana")
    for scheme,width in (("light",1280),("dark",360)):
        desk = Desk(browser, here, viewport={"width": width, "height": 900}, color_scheme=scheme)
        for name,path in (("answer",f"/desk/answers/{here.digests[1]}"),("queue","/desk?all=1"),("status","/desk/status"),("speakers","/desk/speakers"),("changes","/desk/changes"),("erase","/desk/speakers/s1/erase")):
            page=desk.open(path)
            if name=="answer":
                desk.press("p"); time.sleep(1.0); desk.press("p","1")
            page.screenshot(path=f"/tmp/lab/deskshots/{name}-{width}.png", full_page=True)
        if width==1280:
            desk.open("/desk/speakers"); desk.page.get_by_role("button",name="New link for Person S1").click(); desk.page.screenshot(path="/tmp/lab/deskshots/link.png",full_page=True)
            page=desk.answer(1); desk.press("?"); page.screenshot(path="/tmp/lab/deskshots/keys.png")
        desk.close()
    desk=Desk(browser,here); page=desk.open("/desk"); page.locator("#begin").click(); t=[]
    for _ in range(5):
        page.locator("#reading").wait_for()
        digest=page.url.rsplit("/",1)[-1][:64]; b=time.monotonic(); desk.press("p"); until(lambda: page.evaluate(f"{AT} > 0")); play=time.monotonic()-b; b=time.monotonic()
        desk.press("a"); page.wait_for_url(lambda url: digest not in url.split("?")[0]); page.wait_for_load_state(); t.append((play,time.monotonic()-b))
    print("TIMES", t)
